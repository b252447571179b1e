import { exactly } from "./amounts.ts";
import { reserve, scopes, type Account } from "./budget.ts";
import type { Check } from "../base/report.ts";
import { decide } from "./decide.ts";
import type { Case, PolicySet } from "./policy-set.ts";
import type { Decision, Effect } from "./request.ts";

/** Decides every case over the whole set: one check a case, and a warning for a rule that no case of its own policy decides by. */
export function runCases(set: PolicySet): Check[] {
  const decided = new Set<string>();
  const checks = set.policies.flatMap((policy) =>
    policy.cases.map((each): Check => {
      const verdict = "request" in each ? requestCase(each, set, decided) : reserveCase(each, set, decided);
      const finding = { rule: "policy/case", level: "error" as const, file: each.file, line: each.line };
      return { name: `${each.policy}: ${each.name}`, file: each.file, line: each.line, findings: verdict === undefined ? [] : [{ ...finding, ...verdict }] };
    }),
  );
  for (const policy of set.policies) {
    const untried = [...policy.rules, ...policy.budgets].filter((each) => !decided.has(each.id));
    if (untried.length === 0) continue;
    checks.push({
      name: `${policy.name}: every rule and budget has a case`,
      file: `policies/${policy.name}/policy.yaml`,
      findings: untried.map((each) => ({
        rule: "policy/untried",
        level: "warning",
        message: `no case is decided by ${each.id}`,
        file: each.file,
        line: each.line,
      })),
    });
  }
  return checks;
}

type Verdict = { message: string; hint?: string } | undefined;

/** The decision of a case; its id is the name of the case, so that nothing here depends on chance. */
export function decideCase(each: Extract<Case, { effect: Effect }>, set: PolicySet): Decision {
  return decide(each.request, set, { id: each.name, commit: "" });
}

function requestCase(each: Extract<Case, { effect: Effect }>, set: PolicySet, decided: Set<string>): Verdict {
  const decision = decideCase(each, set);
  for (const rule of decision.rules) decided.add(rule);
  const by = decision.rules.length === 0 ? "no rule" : decision.rules.join(", ");
  if (decision.effect !== each.effect) return { message: `expected ${each.effect}, got ${decision.effect} by ${by}`, hint: decision.reason };
  if (each.rule !== undefined && !decision.rules.includes(each.rule))
    return { message: `expected ${each.effect} by ${each.rule}, got it by ${by}`, hint: decision.reason };
  return undefined;
}

function reserveCase(each: Extract<Case, { granted: boolean }>, set: PolicySet, decided: Set<string>): Verdict {
  const { agent, subagent, ask, priceKnown, spent = {} } = each.reserve;
  const there = new Set(scopes.filter((scope) => (scope === "agent" ? agent !== undefined : scope === "subagent" ? subagent !== undefined : true)));
  const accounts = set.budgets
    .filter((budget) => there.has(budget.scope) && budget.concerns(agent))
    .map((budget): Account => ({ id: budget.scope, budget, taken: exactly(spent[budget.scope] ?? {}) }));
  const answer = reserve(accounts, { amounts: ask, priceKnown });
  if (!answer.granted) decided.add(answer.limit);
  if (answer.granted !== each.granted)
    return { message: answer.granted ? "expected a refusal, but it is granted" : `expected a grant, but it is refused: ${answer.reason}` };
  if (!answer.granted && each.limit !== undefined && answer.limit !== each.limit)
    return { message: `expected a refusal by ${each.limit}, got it by ${answer.limit}: ${answer.reason}` };
  return undefined;
}
