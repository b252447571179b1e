import { systemClock } from "../base/clock.ts";
import type { ExperimentProgress } from "../operations/run-experiment.ts";
import { drawLive } from "./live-list.ts";
import { count, seconds } from "./quantity.ts";

/** Where nobody watches, a line as often as this. */
const lineEveryMs = 3000;

const drawEveryMs = 100;

export interface ShownProgress {
  onProgress(progress: ExperimentProgress): void;
  /** Resolves when everything is drawn. */
  close(): Promise<void>;
}

/** Shows how far an experiment is and how long it still takes: one live line on a terminal, elsewhere a plain line every few seconds. */
export function showExperiment(terminal: boolean, words: (line: string) => void): ShownProgress {
  return terminal ? liveProgress() : plainProgress(words);
}

function plainProgress(words: (line: string) => void): ShownProgress {
  let saidMs = systemClock.monotonicMs();
  return {
    onProgress(progress) {
      if (systemClock.monotonicMs() - saidMs < lineEveryMs) return;
      saidMs = systemClock.monotonicMs();
      words(told(progress));
    },
    close: () => Promise.resolve(),
  };
}

function liveProgress(): ShownProgress {
  const ended = Promise.withResolvers<void>();
  const title = { text: "" };
  let drawn: Promise<unknown> | undefined;
  return {
    onProgress(progress) {
      title.text = told(progress);
      drawn ??= drawLive([{ title: title.text, task: (view) => follow(title, view, ended.promise) }]);
    },
    close: async () => {
      ended.resolve();
      await drawn?.catch(() => undefined);
    },
  };
}

/** Shows the newest title until all is over. */
async function follow(title: { text: string }, view: { title: string }, ended: Promise<void>): Promise<void> {
  const timer = setInterval(() => {
    view.title = title.text;
  }, drawEveryMs);
  await ended;
  clearInterval(timer);
  view.title = title.text;
}

function told({ done, planned, leftMs }: ExperimentProgress): string {
  const percent = `${Math.floor((100 * done) / Math.max(1, planned))} %`;
  const left = leftMs === undefined || !Number.isFinite(leftMs) || done === planned ? "" : `  ${seconds(leftMs)} left`;
  return `${percent.padStart(5)}  ${done} of ${count(planned, "trial")}${left}`;
}
