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
 * What would have allowed it: the words of every rule that decided, for one mended alone changes nothing; an approval; else the nearest rule that could have let it pass, with what it
 * wants otherwise. Undefined when no rule comes near.
 */
export function wouldBe(request: ActionRequest, set: PolicySet, spoken: readonly Voice[], deciding?: Voice): string | undefined {
  if (deciding !== undefined && deciding.error === undefined) {
    const own = [deciding, ...spoken.filter((voice) => voice !== deciding && voice.effect === deciding.effect && voice.error === undefined)];
    const wants = own.flatMap(({ rule }) => (rule.would === undefined ? [] : [fillIn(rule.would, request)]));
    if (deciding.rule.would !== undefined) return [...new Set(wants)].join("; and ");
    if (deciding.effect === "approve") return "allowed once a person has approved it";
    if (deciding.effect === "two-key") {
      const mayCount = spoken.every((voice) => voice.effect !== "two-key" || voice.rule.modelMayCount);
      return `allowed once two people${mayCount ? ", or a person and a model," : ""} have approved it with their own keys`;
    }
  }
  const overruled = spoken.find((voice) => voice.error === undefined && voice.effect !== "deny");
  if (overruled !== undefined) return `${overruled.effect} by ${overruled.rule.id}, if ${deciding?.rule.id ?? "no other rule"} did not apply`;
  const near = nearestMisses(request, set.byAction.get(request.action) ?? []);
  if (near.length === 0) return deciding === undefined ? `allow, if a rule in policies/ allowed ${request.action}` : undefined;
  return near.map((miss) => `${miss.rule.effect} by ${miss.rule.id}, if ${lacks(miss, request)}`).join("; or ");
}

/** The rules with the fewest parts that do not fit: one or two, and with at most two such parts, else they are about something else. */
function nearestMisses(request: ActionRequest, rules: readonly Rule[]): Miss[] {
  let made: RequestFacts | undefined;
  const facts = (): RequestFacts => (made ??= new RequestFacts(request));
  let best: Miss[] = [];
  for (const rule of rules) {
    const miss = rule.effect === "deny" ? undefined : missOf(rule, request, facts);
    if (miss === undefined) continue;
    const [first] = best;
    if (first === undefined || distance(miss) < distance(first)) best = [miss];
    else if (distance(miss) === distance(first)) best.push(miss);
  }
  return best.slice(0, 2);
}

function missOf(rule: Rule, request: ActionRequest, facts: () => RequestFacts): Miss | undefined {
  const parts: FieldMatch[] = [];
  for (const part of rule.match) {
    if (fits(part, request)) continue;
    // Nobody can become another kind of actor, except that a person may do what an agent may not; and a class is what it is.
    if (parts.length === 2 || part.field === "class" || (part.field === "actor" && request.actor.kind === "person")) return undefined;
    parts.push(part);
  }
  if (parts.length > 0) return { rule, parts, when: false };
  const outcome = ask(rule, request, facts);
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
