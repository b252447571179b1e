import type { TestedModel } from "../operations/probe-model.ts";
import { drawLive, type LiveLine } from "./live-list.ts";
import { testedLines } from "./model-lines.ts";

export interface ShownTests {
  onPlan(models: string[]): void;
  onTested(tested: TestedModel): void;
  close(): Promise<void>;
}

/** Shows models that are being asked: one live line each on a terminal, elsewhere a plain line when each is known. */
export function showTests(terminal: boolean, words: (line: string) => void): ShownTests {
  const plain = (tested: TestedModel): void => testedLines(tested).forEach(words);
  if (!terminal) return { onPlan: () => undefined, onTested: plain, close: () => Promise.resolve() };
  const ended = new Map<string, PromiseWithResolvers<TestedModel>>();
  const failed: TestedModel[] = [];
  let drawn: Promise<unknown> = Promise.resolve();
  return {
    onPlan(models) {
      for (const model of models) ended.set(model, Promise.withResolvers());
      const tasks = [...ended].map(([title, { promise }]) => ({
        title,
        task: async (view: LiveLine) => {
          const tested = await promise;
          view.title = `${title}  ${tested.outcome}`;
          if (tested.outcome !== "ok") throw new Error(view.title);
        },
      }));
      drawn = drawLive(tasks, { exitOnError: false });
    },
    onTested(tested) {
      if (tested.outcome !== "ok") failed.push(tested);
      ended.get(tested.model)?.resolve(tested);
    },
    async close() {
      for (const [model, { reject }] of ended) reject(new Error(`${model}  stopped`));
      await drawn.catch(() => undefined);
      failed.forEach(plain);
    },
  };
}
