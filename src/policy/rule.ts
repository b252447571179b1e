import { messageOf } from "../base/errors.ts";
import type { Expression } from "./expression.ts";
import type { RequestFacts } from "./facts.ts";
import type { Glob } from "./glob.ts";
import type { ActionRequest, Effect } from "./request.ts";

/** The parts of `match`, in the order in which they are asked. */
export const matchFields = ["action", "class", "actor", "agent", "tool", "skill", "path", "host", "runner"] as const;
export type MatchField = (typeof matchFields)[number];

/** One part of `match`: it holds when one of its patterns does. */
export interface FieldMatch {
  field: MatchField;
  globs: readonly Glob[];
}

/** A rule ready to be asked. */
export interface Rule {
  /** `policy/rule` */
  id: string;
  file: string;
  line: number;
  effect: Effect;
  reason: string;
  would?: string | undefined;
  /** Of two-key: a model may be one of the two. */
  modelMayCount: boolean;
  /** Of approve, when a change lands: a review of its pull request may be that approval. */
  reviewMayCount: boolean;
  match: readonly FieldMatch[];
  when?: Expression | undefined;
}

/** What a rule says about a request; `differs` names the first part that does not fit, `error` denies. */
export type Outcome = { kind: "matches" } | { kind: "differs"; field: MatchField | "when" } | { kind: "error"; message: string };

const matches: Outcome = { kind: "matches" };
const differs = Object.fromEntries([...matchFields, "when" as const].map((field) => [field, { kind: "differs", field }])) as Record<
  MatchField | "when",
  Outcome
>;

/** Asks one rule. `facts` is called only when the rule has a condition. Never throws. */
export function ask(rule: Rule, request: ActionRequest, facts: () => RequestFacts): Outcome {
  for (const part of rule.match) {
    if (!fits(part, request)) return differs[part.field];
  }
  if (rule.when === undefined) return matches;
  try {
    return rule.when.test(facts()) ? matches : differs.when;
  } catch (cause) {
    return { kind: "error", message: messageOf(cause) };
  }
}

/** Whether one part of `match` holds; a fact that the request lacks fits nothing. */
export function fits(part: FieldMatch, request: ActionRequest): boolean {
  const value = valueOf(part.field, request);
  if (value === undefined) return false;
  for (const glob of part.globs) {
    if (glob.test(value)) return true;
  }
  return false;
}

/** What a part of `match` looks at; undefined where the request has no such fact, and then the part does not fit. */
export function valueOf(field: MatchField, request: ActionRequest): string | undefined {
  if (field === "actor") return `${request.actor.kind}:${request.actor.name}`;
  if (field === "agent") return request.actor.kind === "agent" ? request.actor.name : undefined;
  if (field === "skill") return request.skill?.name;
  return request[field];
}
