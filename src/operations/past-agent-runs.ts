import { messageOf } from "../base/errors.ts";
import { withLedger } from "./audit-state.ts";

/** A run of an agent, as the ledger knows it. */
export interface PastAgentRun {
  root: string;
  agent: string;
  objective: string;
  outcome: string;
  started: string;
}

/** As far back as similar work is looked for. */
const runsMax = 500;

/** The last runs of agents. A ledger that cannot be read is no reason not to look: `warn` is told why, and there are none. */
export async function pastAgentRuns(stateDir: string, warn?: (text: string) => void): Promise<PastAgentRun[]> {
  const { listAgentRuns } = await import("../ledger/agent-runs.ts");
  try {
    return withLedger(stateDir, (ledger) => listAgentRuns(ledger, runsMax)) ?? [];
  } catch (cause) {
    warn?.(`the ledger cannot be asked for runs of agents: ${messageOf(cause)}`);
    return [];
  }
}
