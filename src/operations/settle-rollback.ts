import type { Repository } from "../git/repository.ts";
import { endProposal, noteProposal, proposalRow } from "../ledger/proposals.ts";
import { proposalRef, readProposal } from "./find-proposal.ts";
import type { OpenRun } from "./in-run.ts";
import type { LandedMerge } from "./proven-rollback.ts";

export interface RolledBack {
  repository: Repository;
  /** The protected branch with the rollback in it. */
  commit: string;
  /** The landing that was taken back. */
  proposal: string;
  landed: Pick<LandedMerge, "head">;
  /** The proposal that took it back. */
  by: string;
  nowMs: number;
}

/**
 * What the ledger has to know of a landing that was taken back; where it was an agent's, it costs that agent autonomy in the same step, and is on record. One that landed
 * on another machine counts here too: git says whose it was. Done again after a crash it changes nothing.
 */
export async function settleRollback(open: OpenRun, { repository, commit, proposal, landed, by, nowMs }: RolledBack): Promise<void> {
  const { ledger, run } = open;
  if (proposalRow(ledger, proposal) === undefined) {
    const { head, base, proposer } = await readProposal(repository, proposalRef(proposal), proposal, landed.head);
    noteProposal(ledger, { proposal, head, base, proposer, signature: undefined, run, nowMs });
  }
  const end = (): void => endProposal(ledger, { proposal, state: "rolled-back", rolledBackBy: by, nowMs });
  const proposer = proposalRow(ledger, proposal)?.proposer;
  if (proposer?.kind !== "agent") return end();
  const [{ committedAgent, isAgentName }, { lowerRolledBack }] = await Promise.all([import("./agent-shelf.ts"), import("./autonomy-level.ts")]);
  const agent = isAgentName(proposer.name) ? (await committedAgent({ repository, commit }, proposer.name))?.agent : undefined;
  // One that cannot be read now is lowered when it can be, by the row.
  if (agent === undefined) return end();
  await lowerRolledBack(open, agent, end);
}
