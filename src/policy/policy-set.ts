import type { Finding } from "../base/finding.ts";
import { actionNames } from "./actions.ts";
import type { Amounts } from "./amounts.ts";
import type { Budget } from "./budget.ts";
import { strictestGates, type Gate, type Gates } from "./gates.ts";
import type { ActionRequest, Effect } from "./request.ts";
import type { Rule } from "./rule.ts";

/** A case of cases.yaml, with the place where it stands. */
export type Case = { name: string; policy: string; file: string; line: number } & (
  | { request: ActionRequest; effect: Effect; rule: string | undefined }
  | { reserve: ReserveCase; granted: boolean; limit: string | undefined }
);

export interface ReserveCase {
  agent?: string;
  subagent?: string;
  ask: Amounts;
  priceKnown?: boolean;
  spent?: Partial<Record<"month" | "run" | "agent" | "subagent", Amounts>>;
}

export interface Policy {
  name: string;
  description: string;
  /** In the order of the file. */
  rules: readonly Rule[];
  budgets: readonly Budget[];
  gates: readonly Gate[];
  /** Whether answers to approvals must be signed always. */
  signedApprovals: boolean;
  cases: readonly Case[];
}

/** All policies of one commit or folder, ready to decide. */
export interface PolicySet {
  policies: readonly Policy[];
  /** SHA-256 over the canonical list of [path, sha256] of all files of policies/. */
  digest: string;
  /** Rules by action, sorted by id: order in files decides nothing. */
  byAction: ReadonlyMap<string, readonly Rule[]>;
  budgets: readonly Budget[];
  /** What strategies are held to. */
  gates: Gates;
  /** Whether answers to approvals must be signed always: where one policy says so, and where the set is broken. */
  signedApprovals: boolean;
  /** The first thing wrong with it; then it denies everything. */
  broken: Finding | undefined;
}

/** Puts read policies together; `broken` is the finding that makes the set deny everything. */
export function assemble(policies: readonly Policy[], digest: string, broken: Finding | undefined): PolicySet {
  const rules = policies.flatMap((policy) => policy.rules).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const byAction = new Map(actionNames.map((action) => [action, rules.filter((rule) => concerns(rule, action))]));
  const gates = strictestGates(policies.flatMap((policy) => policy.gates));
  const signedApprovals = broken !== undefined || policies.some((policy) => policy.signedApprovals);
  return { policies, digest, byAction, budgets: policies.flatMap((policy) => policy.budgets), gates, signedApprovals, broken };
}

function concerns(rule: Rule, action: string): boolean {
  const part = rule.match.find(({ field }) => field === "action");
  return part === undefined || part.globs.some((glob) => glob.test(action));
}
