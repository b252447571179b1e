import type { GateReport } from "../proposal/gate-report.ts";
import type { Proposal } from "../proposal/proposal.ts";
import type { ProposalStatement } from "../proposal/statement.ts";
import type { Authority } from "./load-authority.ts";
import type { ProposalNeeds } from "./proposal-needs.ts";

/** One answer to a proposal, and whether it counts. */
export interface ProposalVote {
  /** Principal of the key; the login of an unsigned one. */
  who: string;
  how: "signed" | "unsigned" | "review";
  fingerprint?: string | undefined;
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
}

/** What people said of a proposal, each answer checked anew against the protected branch's commit. Writes nothing. */
export async function proposalApprovals(authority: Authority, stateDir: string, proposal: Proposal): Promise<ProposalApprovals> {
  throw new Error(`not yet: ${authority.commit} ${stateDir} ${proposal.id}`);
}
