import type { GateReport } from "../proposal/gate-report.ts";
import type { Proposal } from "../proposal/proposal.ts";

export interface KeptReport {
  report: GateReport;
  digest: string;
}

/** The newest report of this machine's own record about exactly this head, base and tree; from a journal whose chain holds. Undefined where there is none. */
export async function gateReportFor(stateDir: string, proposal: Pick<Proposal, "id" | "head" | "base" | "tree">): Promise<KeptReport | undefined> {
  throw new Error(`not yet: ${stateDir} ${proposal.id}`);
}
