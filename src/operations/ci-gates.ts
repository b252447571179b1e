import { AgentctlError } from "../base/errors.ts";
import type { GateReport } from "../proposal/gate-report.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { gateProposal } from "./gate-proposal.ts";
import type { Authority } from "./load-authority.ts";

/**
 * Asks the gates about a proposal whose branch may not be here: gates are asked about branches, and a clone of Actions has the commit only, so the branch is there
 * while they are asked. Errors: `ci/other-head` where the branch is elsewhere, `ci/not-asked` where policy or a budget did not let them be asked, those of `gateProposal`.
 */
export async function gatesOf(
  { repository }: Pick<Authority, "repository">,
  where: { cwd: string; env: NodeJS.ProcessEnv },
  { id, ref, head }: Proposal,
): Promise<{ report: GateReport; digest: string }> {
  const there = await repository.readRef(ref);
  if (there !== undefined && there !== head) {
    throw new AgentctlError("ci/other-head", `${ref} stands at ${there.slice(0, 10)}, not at ${head.slice(0, 10)}`, { hint: `agentctl proposal fetch ${id}` });
  }
  if (there === undefined) await repository.updateRef(ref, head, undefined);
  try {
    const { report, digest, decision, budget } = await gateProposal({ ...where, proposal: id });
    if (report !== undefined && digest !== undefined) return { report, digest };
    throw new AgentctlError("ci/not-asked", budget === undefined ? `policy did not let the gates be asked: ${decision.reason}` : "a budget is reached");
  } finally {
    if (there === undefined) await repository.updateRef(ref, undefined, head);
  }
}
