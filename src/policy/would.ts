import type { Voice } from "./decide.ts";
import { RequestFacts } from "./facts.ts";
import { fillIn } from "./placeholders.ts";
import type { PolicySet } from "./policy-set.ts";
import { effects, type ActionRequest } from "./request.ts";
import { ask, fits, valueOf, type FieldMatch, type Rule } from "./rule.ts";

/** What a request lacks to be decided by one rule. */
interface Miss {
  rule: Rule;
  parts: FieldMatch[];
  /** Its condition was asked and did not hold; when parts are missing it is not asked. */
  when: boolean;
}

/**
 * What would have allowed it: the deciding rule's own words; an approval; else the nearest rule that could have let it pass, with what it
 * wants otherwise. Undefined when no rule comes near.
 */
export function wouldBe(request: ActionRequest, set: PolicySet, spoken: readonly Voice[], deciding?: Voice): string | undefined {
  if (deciding !== undefined && deciding.error === undefined) {
    if (deciding.rule.would !== undefined) return fillIn(deciding.rule.would, request);
    if (deciding.effect === "approve") return "allowed once a person has approved it";
    if (deciding.effect === "two-key") return "allowed once two people have approved it with their own keys";
  }
  const overruled = spoken.find((voice) => voice.error === undefined && voice.effect !== "deny");
  if (overruled !== undefined) return `${overruled.effect} by ${overruled.rule.id}, if ${deciding?.rule.id ?? "no other rule"} did not apply`;
  const near = nearestMiss(request, set.byAction.get(request.action) ?? []);
  return near === undefined ? undefined : `${near.rule.effect} by ${near.rule.id}, if ${lacks(near, request)}`;
}

/** The rule with the fewest parts that do not fit; at most two, else it is about something else. */
function nearestMiss(request: ActionRequest, rules: readonly Rule[]): Miss | undefined {
  let best: Miss | undefined;
  for (const rule of rules) {
    if (rule.effect === "deny") continue;
    const miss = missOf(rule, request);
    if (miss !== undefined && miss.parts.length <= 2 && (best === undefined || distance(miss) < distance(best))) best = miss;
  }
  return best;
}

function missOf(rule: Rule, request: ActionRequest): Miss | undefined {
  const parts = rule.match.filter((part) => part.field !== "action" && !fits(part, request));
  if (parts.length > 0) return { rule, parts, when: false };
  const outcome = ask(rule, request, () => new RequestFacts(request));
  return outcome.kind === "differs" && outcome.field === "when" ? { rule, parts, when: true } : undefined;
}

/** Fewer differences first, then the milder effect. */
function distance(miss: Miss): number {
  return (miss.parts.length + (miss.when ? 1 : 0)) * effects.length + effects.indexOf(miss.rule.effect);
}

function lacks(miss: Miss, request: ActionRequest): string {
  const parts = miss.parts.map((part) => {
    const found = valueOf(part.field, request);
    return `${part.field} were ${part.globs.map((glob) => glob.pattern).join(" or ")}${found === undefined ? "" : ` (it is ${found.replace(/^(person|agent):/, "$1 ")})`}`;
  });
  const when = miss.rule.when === undefined || !miss.when ? [] : [`this held: ${miss.rule.when.source.replaceAll(/\s+/g, " ").trim()}`];
  return [...parts, ...when].join(" and ");
}
