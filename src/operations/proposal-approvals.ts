import { existsSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { highestTime } from "../ledger/high-water.ts";
import { openLedger } from "../ledger/ledger.ts";
import { receiptsOf, usedNonces } from "../ledger/proposals.ts";
import { tally } from "../policy/approval.ts";
import type { GateReport } from "../proposal/gate-report.ts";
import type { Proposal } from "../proposal/proposal.ts";
import type { ProposalStatement } from "../proposal/statement.ts";
import { approvalsRef, noncesIn, readApprovals, type KeptApprovals } from "./approval-ref.ts";
import { approvalSigners } from "./approval-signers.ts";
import { withLedger } from "./audit-state.ts";
import { asVote, judgeVotes, type Bench } from "./judge-votes.ts";
import type { Authority } from "./load-authority.ts";
import { policyVersion } from "./policy-version.ts";
import { proposalNeeds, type ProposalNeeds } from "./proposal-needs.ts";
import { provenRollback } from "./proven-rollback.ts";

/** One answer to a proposal, and whether it counts. */
export interface ProposalVote {
  /** Principal of the key; the login of an unsigned one. */
  who: string;
  how: "signed" | "unsigned" | "review";
  fingerprint?: string | undefined;
  /** By a security key, which somebody touched for it. */
  touched?: true | undefined;
  vote: "approve" | "reject";
  note: string;
  /** SHA-256 of the statement. */
  digest: string;
  statement: ProposalStatement;
  /** When this machine first saw it, ms; now where it never did. */
  receivedMs: number;
  counts: boolean;
  /** Why it does not count. */
  why?: string | undefined;
  /** Of a review that would count, had this machine asked the gates. */
  lacks?: "gates" | undefined;
}

export interface ProposalApprovals {
  needs: ProposalNeeds;
  /** denied: it may not land at all. */
  state: "open" | "approved" | "rejected" | "denied";
  /** What an open one still needs, in words. */
  lacking?: string | undefined;
  votes: ProposalVote[];
  /** Reports that came with the approvals, by digest. */
  reports: ReadonlyMap<string, GateReport>;
  /** The one that all votes that count are about. */
  gates?: string | undefined;
  /** What lies among the approvals and is none, in words. */
  problems: string[];
  /** Where their ref stood when it was read. */
  at?: string | undefined;
}

/**
 * What people said of a proposal, each answer checked anew against the protected branch's commit. Writes nothing. `extra`: answers that were read elsewhere, e.g.
 * reviews of a pull request. Of a proven rollback the one who proposes it may be one of those who agree: it puts back what was approved before. Errors: `approval/bad-signers` (unauthenticated), `proposal/older-policy` (denied), `git/shallow`.
 */
export async function proposalApprovals(
  authority: Authority,
  stateDir: string,
  proposal: Proposal,
  extra: readonly ProposalVote[] = [],
): Promise<ProposalApprovals> {
  const { repository, commit, ref, set } = authority;
  const at = await repository.readRef(approvalsRef(proposal.id));
  const kept = await readApprovals(repository, at);
  const seen = seenOf(stateDir, proposal.id, kept);
  const [version, needs, signers, agents, repositoryId, rollback] = await Promise.all([
    versionHere(authority, stateDir),
    proposalNeeds(authority, proposal),
    approvalSigners(authority),
    agentNames(authority),
    repository.firstCommit(),
    provenRollback(authority, proposal),
  ]);
  const bench: Bench = {
    repository,
    repositoryId: repositoryId ?? "",
    proposal,
    target: ref,
    needs,
    signers,
    commit,
    agents,
    policyVersion: version,
    signedOnly: set.signedApprovals,
    receivedMs: seen.nowMs,
    ...seen,
    proposerCounts: rollback !== undefined,
  };
  return { ...outcome(bench, kept, await judgeVotes(bench, kept, extra)), ...(at !== undefined && { at }) };
}

/** How it stands by answers that have been judged. */
export function outcome(
  { needs, proposal, proposerCounts }: Pick<Bench, "needs" | "proposal" | "proposerCounts">,
  { reports }: Pick<KeptApprovals, "reports">,
  { votes, problems }: { votes: ProposalVote[]; problems: string[] },
): ProposalApprovals {
  const { needed } = needs;
  const counted = votes.filter(({ counts }) => counts);
  const base = { needs, votes, reports, problems };
  if (counted.some(({ vote }) => vote === "reject")) return { ...base, state: "rejected" };
  if (needed === undefined) return { ...base, state: "denied" };
  const agent = proposerCounts === true ? "" : proposal.proposer.name;
  const { state, needs: lacking } = tally({ ...needed, agent }, counted.map(asVote));
  const gates = counted[0]?.statement.gates ?? undefined;
  return { ...base, state: state === "approved" ? "approved" : "open", ...(lacking !== undefined && { lacking }), ...(gates !== undefined && { gates }) };
}

/** Names of the folders of agents; an agent is not a person, whatever a line of signers says. */
export async function agentNames({ repository, commit }: Pick<Authority, "repository" | "commit">): Promise<string[]> {
  const entries = await repository.listTree(commit, "agents");
  return [...new Set(entries.flatMap(({ path }) => /^agents\/([^/]+)\//.exec(path)?.[1] ?? []))];
}

/** The version of the policies, held against what this machine has seen, where it has seen any. Error `proposal/older-policy` (denied). */
export async function versionHere(authority: Pick<Authority, "repository" | "commit">, stateDir: string): Promise<number> {
  if (!existsSync(join(stateDir, "ledger.db"))) return policyVersion(authority, undefined);
  const ledger = openLedger(stateDir);
  try {
    return await policyVersion(authority, ledger);
  } finally {
    ledger.close();
  }
}

function seenOf(stateDir: string, proposal: string, { votes }: KeptApprovals): Pick<Bench, "nowMs" | "receipts" | "used"> {
  const nonces = noncesIn(votes);
  const nowMs = systemClock.nowMs();
  return (
    withLedger(stateDir, (ledger) => ({ nowMs: highestTime(ledger, nowMs), receipts: receiptsOf(ledger, proposal), used: usedNonces(ledger, nonces) })) ?? {
      nowMs,
      receipts: new Map(),
      used: new Map(),
    }
  );
}
