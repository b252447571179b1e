import type { ListrDefaultRendererLogLevels } from "listr2";
import type { GateProgress } from "../operations/gate-strategy.ts";

/** Shows the checks as they are asked, live. For a terminal; elsewhere the lines of the answer are enough. `close` waits until everything is drawn. */
export async function showGate(): Promise<GateProgress & { close: () => Promise<void> }> {
  const { Listr, ListrLogger, ProcessOutput } = await import("listr2");
  // What moves is words, and words go to stderr.
  const logger = new ListrLogger<ListrDefaultRendererLogLevels>({
    useIcons: true,
    toStderr: [],
    processOutput: new ProcessOutput(process.stderr, process.stderr),
  });
  const ends = new Map<string, PromiseWithResolvers<void>>();
  let drawn: Promise<unknown> = Promise.resolve();
  return {
    onPlan: (names) => {
      for (const name of names) ends.set(name, Promise.withResolvers());
      const list = new Listr(
        names.map((name) => ({ title: name, task: () => ends.get(name)?.promise })),
        { registerSignalListeners: false, rendererOptions: { clearOutput: true, logger } },
      );
      drawn = list.run();
    },
    onCheck: ({ check }) => ends.get(check)?.resolve(),
    close: async () => {
      for (const end of ends.values()) end.resolve();
      await drawn.catch(() => undefined);
    },
  };
}
