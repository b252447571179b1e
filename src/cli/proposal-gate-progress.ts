import type { GateProgress } from "../operations/gate-proposal.ts";
import { gateNames, type GateName } from "../proposal/gate-report.ts";
import { drawLive } from "./live-list.ts";

/** Shows the gates as they are asked, live. For a terminal; elsewhere the lines of the answer are enough. `close` waits until everything is drawn. */
export function showGates(): GateProgress & { close: () => Promise<void> } {
  const ends = new Map<GateName, PromiseWithResolvers<void>>(gateNames.map((name) => [name, Promise.withResolvers()]));
  let drawn: Promise<unknown> | undefined;
  return {
    onStart: () => {
      drawn ??= drawLive(
        gateNames.map((name) => ({ title: name, task: async () => ends.get(name)?.promise })),
        { clearOutput: true },
      );
    },
    onResult: ({ gate }) => ends.get(gate)?.resolve(),
    close: async () => {
      for (const end of ends.values()) end.resolve();
      await drawn?.catch(() => undefined);
    },
  };
}
