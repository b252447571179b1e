import { RequestFacts } from "./facts.ts";
import type { PolicySet } from "./policy-set.ts";
import { refuse } from "./refusal.ts";
import type { ActionRequest, Effect } from "./request.ts";
import { ask, valueOf, type Outcome, type Rule } from "./rule.ts";

/** One rule, and why it did or did not speak. */
export interface Considered {
  rule: string;
  effect: Effect;
  file: string;
  line: number;
  outcome: Outcome["kind"];
  why: string;
}

/** Every rule of the set in the order of the files, asked about one request; empty when the request is refused before any rule is asked. */
export function explain(request: ActionRequest, set: PolicySet): Considered[] {
  if (set.broken !== undefined || refuse(request) !== undefined) return [];
  const facts = new RequestFacts(request);
  return set.policies
    .flatMap((policy) => policy.rules)
    .map((rule) => {
      const outcome = ask(rule, request, () => facts);
      return { rule: rule.id, effect: rule.effect, file: rule.file, line: rule.line, outcome: outcome.kind, why: why(rule, request, outcome) };
    });
}

function why(rule: Rule, request: ActionRequest, outcome: Outcome): string {
  if (outcome.kind === "error") return `its condition failed, which denies: ${outcome.message}`;
  if (outcome.kind === "matches") {
    const asked = rule.match.map((part) => part.field as string).concat(rule.when === undefined ? [] : ["when"]);
    return asked.length === 0 ? "it matches everything" : `${asked.join(", ")} fit`;
  }
  const { field } = outcome;
  if (field === "when") return `its condition does not hold: ${rule.when?.source.replaceAll(/\s+/g, " ").trim()}`;
  const wanted = rule.match.find((part) => part.field === field)?.globs.map((glob) => glob.pattern) ?? [];
  return `${field} is ${valueOf(field, request) ?? "not given"}, it wants ${wanted.join(" or ")}`;
}
