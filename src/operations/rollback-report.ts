import { canonicalJson } from "../base/canonical-json.ts";
import { gateNames, neededGates, reportDigest, type GateReport } from "../proposal/gate-report.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { writeBlob } from "../trace/blobs.ts";
import type { OpenRun } from "./in-run.ts";
import type { Authority } from "./load-authority.ts";
import { riskAt } from "./proposal-needs.ts";

/**
 * The report of a proven rollback, without engine and model: what it puts back is, byte by byte, what the protected branch had before, so there is nothing new to look
 * at. Kept as any report is. Only for what `provenRollback` has proved.
 */
export async function keepRollbackReport(open: OpenRun, { repository, commit }: Authority, proposal: Proposal, reverts: string): Promise<GateReport> {
  const { id, head, base, tree } = proposal;
  const { kinds } = await riskAt(repository, proposal);
  const needed = new Set(neededGates(kinds));
  const report: GateReport = {
    type: "agentctl-gates-v1",
    repository: (await repository.firstCommit()) ?? "",
    proposal: id,
    head,
    base,
    tree,
    policy: commit,
    gates: gateNames.map((gate) =>
      needed.has(gate)
        ? { gate, verdict: "passed", summary: `what was there before ${reverts} landed`, findings: [], evidence: { rollbackOf: reverts } }
        : { gate, verdict: "not-needed", summary: "a rollback", findings: [], evidence: {} },
    ),
  };
  const digest = reportDigest(report);
  writeBlob(open.stateDir, canonicalJson(report));
  const gates = report.gates.map(({ gate, verdict, summary }) => ({ gate, verdict, summary, findings: 0, durationMs: 0 }));
  await open.recorder.append("proposal.gated", { proposal: id, head, base, tree, passed: true, digest, report: digest, gates, durationMs: 0 });
  return report;
}
