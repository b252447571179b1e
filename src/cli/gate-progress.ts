import type { GateProgress } from "../operations/gate-strategy.ts";
import { drawLive } from "./live-list.ts";

/** Shows the checks as they are asked, live. For a terminal; elsewhere the lines of the answer are enough. `close` waits until everything is drawn. */
export function showGate(): GateProgress & { close: () => Promise<void> } {
  const ends = new Map<string, PromiseWithResolvers<void>>();
  let drawn: Promise<unknown> = Promise.resolve();
  return {
    onPlan: (names) => {
      for (const name of names) ends.set(name, Promise.withResolvers());
      drawn = drawLive(
        names.map((name) => ({ title: name, task: async () => ends.get(name)?.promise })),
        { clearOutput: true },
      );
    },
    onCheck: ({ check }) => ends.get(check)?.resolve(),
    close: async () => {
      for (const end of ends.values()) end.resolve();
      await drawn.catch(() => undefined);
    },
  };
}
