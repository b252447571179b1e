import { place, type Finding } from "../base/finding.ts";
import { RequestFacts } from "./facts.ts";
import { fillIn } from "./placeholders.ts";
import type { PolicySet } from "./policy-set.ts";
import { refuse } from "./refusal.ts";
import { effects, type ActionRequest, type Decision, type Effect } from "./request.ts";
import { ask, type Rule } from "./rule.ts";
import { wouldBe } from "./would.ts";

/** A rule that has something to say about a request. */
export interface Voice {
  rule: Rule;
  /** The rule's effect; deny when its condition failed. */
  effect: Effect;
  error: string | undefined;
}

type Verdict = Omit<Decision, "id" | "policy" | "request">;

/**
 * Decides one request. The strictest rule that matches wins (deny, two-key, approve, allow), whatever the order in which rules stand;
 * nothing matched, a condition that fails, a malformed request, a broken set or no policies at all is a denial. Never throws.
 */
export function decide(request: ActionRequest, set: PolicySet, { id, commit }: { id: string; commit: string }): Decision {
  return { id, ...judge(request, set), policy: { commit, digest: set.digest }, request };
}

function judge(request: ActionRequest, set: PolicySet): Verdict {
  if (set.broken !== undefined) return brokenSet(set.broken);
  if (set.policies.length === 0)
    return denied("base/no-policies", "there are no policies, and what no rule allows is denied", "agentctl init, then commit policies/");
  const refusal = refuse(request);
  if (refusal !== undefined) return denied(refusal.rule, refusal.reason, refusal.would);
  const spoken = voices(set.byAction.get(request.action) ?? [], request);
  const effect = strictest(spoken.map((voice) => voice.effect));
  const deciding = spoken.filter((voice) => voice.effect === effect);
  // Rules that mean what they say come before rules that failed; both are sorted by id already.
  const first = deciding.find((voice) => voice.error === undefined) ?? deciding[0];
  if (effect === undefined || first === undefined) {
    const who = `${request.actor.kind} ${request.actor.name}`;
    return { effect: "deny", rules: [], reason: `no rule allows ${request.action} (class ${request.class}) for ${who}`, ...wanting(request, set, spoken) };
  }
  return {
    effect,
    rules: [first, ...deciding.filter((voice) => voice !== first)].map((voice) => voice.rule.id),
    reason: first.error === undefined ? fillIn(first.rule.reason, request) : `the condition of ${first.rule.id} failed: ${first.error}`,
    at: { file: first.rule.file, line: first.rule.line },
    ...(effect === "two-key" && deciding.every(({ rule }) => rule.modelMayCount) ? { modelMayCount: true as const } : {}),
    ...(effect === "approve" && deciding.every(({ rule }) => rule.reviewMayCount) ? { reviewMayCount: true as const } : {}),
    ...(effect === "allow" ? {} : wanting(request, set, spoken, first)),
  };
}

function wanting(request: ActionRequest, set: PolicySet, spoken: readonly Voice[], first?: Voice): Pick<Verdict, "would"> {
  const would = wouldBe(request, set, spoken, first);
  return would === undefined ? {} : { would };
}

/** Every rule that matches or fails, in the order given. */
function voices(rules: readonly Rule[], request: ActionRequest): Voice[] {
  let made: RequestFacts | undefined;
  const facts = (): RequestFacts => (made ??= new RequestFacts(request));
  const spoken: Voice[] = [];
  for (const rule of rules) {
    const outcome = ask(rule, request, facts);
    if (outcome.kind === "matches") spoken.push({ rule, effect: rule.effect, error: undefined });
    else if (outcome.kind === "error") spoken.push({ rule, effect: "deny", error: outcome.message });
  }
  return spoken;
}

/** The strictest of some effects; undefined of none. */
export function strictest(found: readonly Effect[]): Effect | undefined {
  return effects.findLast((effect) => found.includes(effect));
}

function denied(rule: string, reason: string, would: string): Verdict {
  return { effect: "deny", rules: [rule], reason, would };
}

function brokenSet(finding: Finding): Verdict {
  const verdict = denied(
    "base/broken-policies",
    `the policies are broken, so everything is denied: ${place(finding)}  ${finding.message}`,
    finding.hint ?? "agentctl policy test",
  );
  return finding.file === undefined ? verdict : { ...verdict, at: { file: finding.file, line: finding.line ?? 1 } };
}
