import type { BuildProgress } from "../operations/build-runners.ts";
import { clip } from "./clip.ts";
import { drawLive, type LiveLine } from "./live-list.ts";
import { bytes, seconds } from "./quantity.ts";

const lineCharactersMax = 100;

/**
 * Shows builds: one live line each on a terminal, elsewhere a plain line for each step. `close` waits until everything is drawn.
 */
export function showBuilds(terminal: boolean, words: (line: string) => void): BuildProgress & { close: () => Promise<void> } {
  return terminal ? liveBuilds() : { ...plainBuilds(words), close: () => Promise.resolve() };
}

function plainBuilds(words: (line: string) => void): BuildProgress {
  return {
    onLine: (name, line) => {
      if (isStep(line)) words(`${name}  ${clip(line, lineCharactersMax)}`);
    },
    onEnd: (name, end) => words(`${name}  ${told(end)}`),
  };
}

/** A task a runner, whose work is to wait for its end. */
function liveBuilds(): BuildProgress & { close: () => Promise<void> } {
  const tasks = new Map<string, { show: (line: string) => void; ended: PromiseWithResolvers<string> }>();
  let drawn: Promise<unknown> = Promise.resolve();
  return {
    onPlan: (names) => {
      drawn = drawLive(
        names.map((name) => {
          const task = { show: (_line: string): void => undefined, ended: Promise.withResolvers<string>() };
          tasks.set(name, task);
          return {
            title: name,
            task: async (view: LiveLine) => {
              task.show = (line) => {
                view.output = line;
              };
              view.title = `${name}  ${await task.ended.promise}`;
            },
          };
        }),
        { concurrent: true, exitOnError: false, collapseErrors: false },
      );
    },
    onLine: (name, line) => tasks.get(name)?.show(clip(line, lineCharactersMax)),
    onEnd: (name, end) => {
      const ended = tasks.get(name)?.ended;
      if (end.outcome === "failed") ended?.reject(new Error(`${name}  ${told(end)}`));
      else ended?.resolve(told(end));
    },
    close: async () => {
      for (const [name, task] of tasks) task.ended.reject(new Error(`${name}  stopped`));
      await drawn.catch(() => undefined);
    },
  };
}

/** The steps of a Dockerfile, and what we ourselves say; not what a package manager says. */
function isStep(line: string): boolean {
  return /^(Step \d+\/\d+ : (?!LABEL agentctl)|pulling |making |installing )/.test(line);
}

type End = Parameters<NonNullable<BuildProgress["onEnd"]>>[1];

function told(end: End): string {
  if (end.outcome === "failed") return `failed after ${seconds(end.durationMs)}`;
  const what = `${end.image.tag ?? end.image.id}  ${bytes(end.image.bytes)}`;
  return end.outcome === "current" ? `current  ${what}` : `built    ${what}  ${seconds(end.durationMs)}`;
}
