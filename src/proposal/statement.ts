import { canonicalJson } from "../base/canonical-json.ts";
import type { ApprovalEffect } from "../policy/approval.ts";
import type { RiskClass } from "../policy/request.ts";
import type { ProposalKind } from "./proposal.ts";

/** What a person signs. It binds the answer to one change of one repository on one base with one set of gate results; anything else is another statement. */
export interface ProposalStatement {
  /** Another `type` than that of approvals of calls, under the same namespace: the one is never the other. */
  type: "agentctl-proposal-v1";
  /** First commit of the repository. */
  repository: string;
  proposal: string;
  kinds: readonly ProposalKind[];
  class: RiskClass;
  effect: ApprovalEffect;
  /** The ref that it is to land on. */
  target: string;
  base: string;
  head: string;
  /** The tree that the target is to have. */
  tree: string;
  policy: { commit: string; version: number };
  /** Digest of the report of the gates; null in a rejection without one. */
  gates: string | null;
  /** Head of the newest closed record that the signer saw, a witness of it; null where there is none. */
  audit: { run: string; seq: number; hash: string } | null;
  /** Random; good once. */
  nonce: string;
  /** RFC 3339; what the signer says. Validity is judged by when it was received. */
  issued: string;
  expires: string;
  decision: "approve" | "reject";
  note: string;
}

/** The exact bytes that are signed: canonical JSON and a line feed. */
export function statementText(statement: ProposalStatement): string {
  return `${canonicalJson(statement)}\n`;
}
