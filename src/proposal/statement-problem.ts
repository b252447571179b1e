import type { ApprovalEffect } from "../policy/approval.ts";
import type { RiskClass } from "../policy/request.ts";
import type { Proposal, ProposalKind } from "./proposal.ts";
import type { ProposalStatement } from "./statement.ts";

/** What is true here, and what a statement is held against. */
export interface Truth {
  /** First commit of the repository. */
  repository: string;
  proposal: Pick<Proposal, "id" | "base" | "head" | "tree">;
  target: string;
  kinds: readonly ProposalKind[];
  /** What it takes today; undefined where nobody can agree to it. */
  needed: { effect: ApprovalEffect; class: RiskClass } | undefined;
  policyVersion: number;
  /** Commits that a statement may name as the policy it was made under: those in the history of the protected branch. */
  isPast(commit: string): boolean;
  /** Time that counts, ms. */
  nowMs: number;
}

/** Rising; policy has the same order. */
const classes: readonly RiskClass[] = ["R", "W", "B", "N", "C", "T"];
/** Clocks of two machines may differ by this much. */
const skewMs = 5 * 60_000;

/**
 * Why a statement is none about this change, in words; undefined when it is. A no is asked for less than a yes: whoever refuses a change refuses it also when the
 * gates, the policy or the base changed since.
 */
export function statementProblem(statement: ProposalStatement, truth: Truth): string | undefined {
  const { repository, proposal, target, kinds, needed, policyVersion, nowMs } = truth;
  if (statement.repository !== repository) return `it is about another repository (${short(statement.repository)}, not ${short(repository)})`;
  if (statement.proposal !== proposal.id) return `it is about ${statement.proposal}`;
  if (statement.head !== proposal.head) return `the head moved after it: it is about ${short(statement.head)}, the branch is at ${short(proposal.head)}`;
  if (Date.parse(statement.issued) > nowMs + skewMs) return `it says that it was issued at ${statement.issued}, which is still to come`;
  if (statement.decision === "reject") return undefined;
  if (statement.tree !== proposal.tree) return `it is about another tree (${short(statement.tree)}, not ${short(proposal.tree)})`;
  if (statement.base !== proposal.base) return `it is about another base (${short(statement.base)}, not ${short(proposal.base)})`;
  if (statement.target !== target) return `it is about landing on ${statement.target}, not ${target}`;
  const missing = kinds.filter((kind) => !statement.kinds.includes(kind));
  if (missing.length > 0) return `it does not know that the change is about ${missing.join(", ")}`;
  if (needed === undefined) return "nobody can agree to it: it is denied";
  if (needed.effect === "two-key" && statement.effect !== "two-key") return "it was one approval; the change takes two keys";
  if (classes.indexOf(statement.class) < classes.indexOf(needed.class))
    return `it is about a change of class ${statement.class}; this one is of class ${needed.class}`;
  if (statement.policy.version < policyVersion)
    return `it was given under version ${statement.policy.version} of the policies, which are at version ${policyVersion} now`;
  if (statement.policy.version > policyVersion)
    return `it was given under version ${statement.policy.version} of the policies; here they are an older one, version ${policyVersion}`;
  if (!truth.isPast(statement.policy.commit))
    return `the policies that it was given under (${short(statement.policy.commit)}) are not in the history of ${target}`;
  if (statement.gates === null) return "it names no results of the gates";
  if (Date.parse(statement.expires) <= nowMs) return `it expired at ${statement.expires}`;
  return undefined;
}

function short(oid: string): string {
  return oid.slice(0, 10);
}
