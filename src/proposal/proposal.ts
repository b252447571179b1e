import type { RiskClass } from "../policy/request.ts";

/** What a proposal is about, from its paths. A change of several things has several kinds. */
export const proposalKinds = [
  "policy",
  "signer",
  "configuration",
  "agent",
  "skill",
  "strategy",
  "evaluation",
  "memory",
  "data",
  "runner",
  "automation",
  "files",
] as const;
export type ProposalKind = (typeof proposalKinds)[number];

/** One side of a changed path, as it stands in a tree. */
export interface TreeSide {
  /** `100644`, `100755`, `120000` link, `160000` submodule. */
  mode: string;
  oid: string;
}

/** A path that a proposal changes; `before` is missing where it is added, `after` where it goes. */
export interface PathChange {
  path: string;
  before?: TreeSide | undefined;
  after?: TreeSide | undefined;
}

export interface Proposer {
  kind: "person" | "agent";
  name: string;
}

/**
 * A change as a plan: one commit on a branch of its own. Everything here is read from the commit; what its message says of itself (title, rationale, who,
 * evidence) are words, and decide nothing but whose approval does not count.
 */
export interface Proposal {
  /** p-… */
  id: string;
  /** `refs/heads/agentctl/<id>`, or where the branch was fetched to. */
  ref: string;
  head: string;
  /** The one parent of head. */
  base: string;
  /** Of head. */
  tree: string;
  title: string;
  rationale: string;
  /** As the commit says. */
  proposer: Proposer;
  /** The run that its files come from. */
  run?: string | undefined;
  /** What made somebody propose it, in words: `person ada`, `agent quant`, `improve r-…`. */
  triggeredBy: string;
  /** Ids of runs, decisions, backtests, queries; in the order given. */
  evidence: readonly string[];
  author: { name: string; email: string };
  /** By the commit's own clock, ms. For people; nothing is judged by it. */
  writtenMs: number;
  /** Sorted by path. */
  changes: readonly PathChange[];
}

/** What a change asks for before it may land, from what it touches. */
export interface Risk {
  kinds: ProposalKind[];
  class: RiskClass;
  /** The floor: policy can ask for more, never for less. */
  effect: "approve" | "two-key" | "deny";
  /** Why, one line a path that raises it; what is refused outright comes first. */
  why: { path: string; effect: "approve" | "two-key" | "deny"; reason: string }[];
}
