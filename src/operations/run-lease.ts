import { AgentctlError } from "../base/errors.ts";
import { withLease } from "../ledger/leases.ts";
import { openLedger, type Ledger } from "../ledger/ledger.ts";

/** Works on an agent's run as its only process: of two that would go on with it, one does. Error `agent/busy`. */
export async function withRunLease<T>(stateDir: string, root: string, work: (ledger: Ledger) => Promise<T>): Promise<T> {
  const ledger = openLedger(stateDir);
  try {
    const held = await withLease(ledger, `agent ${root}`, async () => ({ value: await work(ledger) }));
    if (held !== undefined) return held.value;
    throw new AgentctlError("agent/busy", `the run ${root} is being worked on by another process`, { hint: `agentctl run watch ${root}`, exit: "usage" });
  } finally {
    ledger.close();
  }
}
