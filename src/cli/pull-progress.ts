import type { ListrDefaultRendererLogLevels } from "listr2";
import { isoTime } from "../base/clock.ts";
import type { PullProgress } from "../market/pull-candles.ts";
import { clip } from "./clip.ts";
import { seconds } from "./quantity.ts";

export interface ShownPull {
  /** A line that stays. */
  line(text: string): void;
  onPage(progress: PullProgress): void;
  onWait(why: string, waitMs: number): void;
  close(): Promise<void>;
}

const lineCharactersMax = 100;

/** Shows how far a pull is: one live line on a terminal, elsewhere a plain line at every tenth. */
export async function showPull(what: string, terminal: boolean, words: (line: string) => void): Promise<ShownPull> {
  const live = terminal ? await liveLine(what) : undefined;
  let tenth = -1;
  return {
    line: words,
    onPage(progress) {
      const text = `${progress.candles} candles  to ${isoTime(progress.upToMs).slice(0, 16)}Z  ${Math.floor(progress.share * 100)} %`;
      if (live !== undefined) live.show(text);
      else if (Math.floor(progress.share * 10) !== tenth) words(`pulled     ${text}`);
      tenth = Math.floor(progress.share * 10);
    },
    onWait(why, waitMs) {
      const text = clip(`again in ${seconds(waitMs)}: ${why}`, lineCharactersMax);
      if (live === undefined) words(`waiting    ${text}`);
      else live.show(text);
    },
    close: async () => live?.close(),
  };
}

/** A task whose work is to wait for its end; drawn from the first line on, so that words before it are not drawn over. */
async function liveLine(what: string): Promise<{ show: (line: string) => void; close: () => Promise<void> }> {
  const { Listr, ListrLogger, ProcessOutput } = await import("listr2");
  const processOutput = new ProcessOutput(process.stderr, process.stderr);
  const logger = new ListrLogger<ListrDefaultRendererLogLevels>({ useIcons: true, toStderr: [], processOutput });
  const ended = Promise.withResolvers<void>();
  let drawn: Promise<unknown> | undefined;
  let view: { output: string } | undefined;
  let latest = "";
  const list = new Listr(
    [
      {
        title: what,
        task: async (_context: unknown, task: { output: string }) => {
          view = task;
          task.output = latest;
          await ended.promise;
        },
      },
    ],
    { registerSignalListeners: false, rendererOptions: { logger } },
  );
  return {
    show(line) {
      latest = line;
      drawn ??= list.run();
      if (view !== undefined) view.output = line;
    },
    close: async () => {
      ended.resolve();
      await drawn;
    },
  };
}
