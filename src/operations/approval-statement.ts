import { canonicalJson } from "../base/canonical-json.ts";
import { isoTime } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import type { GrantTerms } from "../policy/grant.ts";
import type { AskedApproval } from "./asked-approval.ts";

/** What a signature is for: one over a commit, a checkpoint or anything else is none over an approval. */
export const approvalNamespace = "agentctl-approval-v1";

/** A person's answer, before it is signed. */
export interface Answer {
  vote: "approve" | "deny";
  /** "" for none; of a question the answer. */
  note: string;
  /** Standing permissions given with it. */
  grants: readonly GrantTerms[];
  /** When those end. */
  untilMs?: number | undefined;
}

/**
 * The text that is signed: canonical JSON and a line feed. It follows from the approval and the answer alone, so that people on two machines sign the same.
 * It names the record that asked, by its hash: every signature is a witness of the journal up to there. The nonce is good once.
 * `repository` is its first commit. Error `approval/not-recorded`.
 */
export function approvalStatement(repository: string, { row, action }: AskedApproval, { vote, note, grants, untilMs }: Answer): string {
  const { approval, kind, effect, class: riskClass, run, key, agent, digest, askedMs, expiresMs, head } = row;
  if (head === undefined) {
    throw new AgentctlError("approval/not-recorded", `${approval} is not on record: the run was interrupted while it asked`, {
      hint: `agentctl run resume ${run}`,
    });
  }
  const statement = {
    type: approvalNamespace,
    repository,
    approval,
    kind,
    effect,
    class: riskClass,
    run,
    key,
    agent,
    action: digest,
    policy: action.decisions[0]?.policy.commit,
    head,
    nonce: `${approval}.${digest}`,
    issued: isoTime(askedMs),
    expires: isoTime(expiresMs),
    vote,
    note,
    ...(grants.length > 0 && untilMs !== undefined && { grants, until: isoTime(untilMs) }),
  };
  return `${canonicalJson(statement)}\n`;
}
