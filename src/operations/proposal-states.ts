import { systemClock } from "../base/clock.ts";
import { highestTime } from "../ledger/high-water.ts";
import { proposalRows, type ProposalRow } from "../ledger/proposals.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { withLedger } from "./audit-state.ts";
import { proposalRefs } from "./find-proposal.ts";
import type { Authority } from "./load-authority.ts";

export type ProposalState = ProposalRow["state"];

/** How a proposal stands, as far as git and this machine know. */
export interface ProposalStanding extends Partial<Pick<ProposalRow, "closedMs" | "closedBy" | "reason" | "landedAs" | "rolledBackBy" | "signature">> {
  state: ProposalState;
  /** When this machine opened it; of one from elsewhere, what its commit says. */
  openedMs: number;
}

type Whose = Pick<Authority, "repository" | "commit" | "config">;
type Known = Pick<Proposal, "id" | "head" | "base" | "writtenMs">;

/**
 * The state of each proposal by its id: landed where its head lies in the history of the protected branch, else what the ledger says of this very head, else open,
 * and stale when it has been that for too long. At most one process, and no key is looked at: a rejection counts here once it was checked, which `proposalApprovals` does.
 */
export async function proposalStates(
  { repository, commit, config }: Whose,
  stateDir: string,
  proposals: readonly Known[],
): Promise<Map<string, ProposalStanding>> {
  const nowMs = systemClock.nowMs();
  const { rows, atMs } = withLedger(stateDir, (ledger) => ({ rows: proposalRows(ledger), atMs: highestTime(ledger, nowMs) })) ?? { rows: [], atMs: nowMs };
  const known = new Map(rows.map((row) => [row.proposal, row]));
  // What is made on the tip cannot lie in its history.
  const asks = proposals.some(({ base }) => base !== commit);
  const merged = new Set(!asks ? [] : (await repository.listRefs(proposalRefs, { mergedInto: commit })).map(({ oid }) => oid));
  return new Map(
    proposals.map((proposal) => [
      proposal.id,
      standing(proposal, known.get(proposal.id), merged.has(proposal.head), { atMs, staleMs: config.values.proposals.staleMs }),
    ]),
  );
}

function standing(
  { head, writtenMs }: Known,
  row: ProposalRow | undefined,
  merged: boolean,
  { atMs, staleMs }: { atMs: number; staleMs: number },
): ProposalStanding {
  const same = row?.head === head ? row : undefined;
  const openedMs = same?.openedMs ?? writtenMs;
  if (merged) return { ...ended(row), openedMs, state: row?.state === "rolled-back" ? "rolled-back" : "landed" };
  if (same !== undefined && same.state !== "open" && same.state !== "landed" && same.state !== "rolled-back")
    return { ...ended(same), openedMs, state: same.state };
  return { ...(same?.signature !== undefined && { signature: same.signature }), openedMs, state: atMs - openedMs > staleMs ? "stale" : "open" };
}

function ended(row: ProposalRow | undefined): Omit<ProposalStanding, "state" | "openedMs"> {
  if (row === undefined) return {};
  const { closedMs, closedBy, reason, landedAs, rolledBackBy, signature } = row;
  return Object.fromEntries(Object.entries({ closedMs, closedBy, reason, landedAs, rolledBackBy, signature }).filter(([, value]) => value !== undefined));
}
