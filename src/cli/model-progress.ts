import type { ListrDefaultRendererLogLevels } from "listr2";
import type { TestedModel } from "../operations/probe-model.ts";
import { testedLines } from "./model-lines.ts";

export interface ShownTests {
  onPlan(models: string[]): void;
  onTested(tested: TestedModel): void;
  close(): Promise<void>;
}

/** Shows models that are being asked: one live line each on a terminal, elsewhere a plain line when each is known. */
export async function showTests(terminal: boolean, words: (line: string) => void): Promise<ShownTests> {
  const plain = (tested: TestedModel): void => testedLines(tested).forEach(words);
  if (!terminal) return { onPlan: () => undefined, onTested: plain, close: () => Promise.resolve() };
  const { Listr, ListrLogger, ProcessOutput } = await import("listr2");
  const processOutput = new ProcessOutput(process.stderr, process.stderr);
  const logger = new ListrLogger<ListrDefaultRendererLogLevels>({ useIcons: true, toStderr: [], processOutput });
  const ended = new Map<string, PromiseWithResolvers<TestedModel>>();
  const failed: TestedModel[] = [];
  let drawn: Promise<unknown> = Promise.resolve();
  return {
    onPlan(models) {
      for (const model of models) ended.set(model, Promise.withResolvers());
      const tasks = [...ended].map(([title, { promise }]) => ({
        title,
        task: async (_context: unknown, view: { title: string }) => {
          const tested = await promise;
          view.title = `${title}  ${tested.outcome}`;
          if (tested.outcome !== "ok") throw new Error(view.title);
        },
      }));
      drawn = new Listr(tasks, { exitOnError: false, registerSignalListeners: false, rendererOptions: { logger } }).run();
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
