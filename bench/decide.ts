import { systemClock } from "../src/base/clock.ts";
import { decide } from "../src/policy/decide.ts";
import type { PolicySet } from "../src/policy/policy-set.ts";
import { readPolicies } from "../src/policy/read-policies.ts";
import { effects, riskClasses, type ActionRequest } from "../src/policy/request.ts";
import type { BenchRow } from "./row.ts";

const rules = 100;
const rounds = 20_000;

/** A hundred rules that all concern the two actions asked about, half of them with a condition: an index by action cannot help here. */
function hundredRules(): PolicySet {
  const list = Array.from({ length: rules }, (_, index) => {
    const match =
      index % 2 === 0
        ? { action: "net.connect", host: [`*.h${index}.example.org`, `h${index}.example.com`] }
        : { action: "file.write", path: `room-${index}/**/*.md` };
    const when = index % 4 < 2 ? `actor.level >= ${(index % 4) + 1} && has(request.port) && port in [443, ${8000 + index}]` : undefined;
    // A deny rule needs an example, which would cost reading time only.
    const effect = effects[index % 3];
    return { id: `rule-${index}`, match, ...(when && { when }), effect, reason: `rule ${index} for {actor.name}` };
  });
  const text = JSON.stringify({ name: "bench", description: "a hundred rules", rules: list });
  const cases = JSON.stringify([{ name: "any", request: { action: "query.run" }, effect: "deny" }]);
  const { set } = readPolicies([
    { path: "policies/bench/policy.yaml", text },
    { path: "policies/bench/cases.yaml", text: cases },
  ]);
  if (set.broken !== undefined) throw new Error(set.broken.message);
  return set;
}

function mixedRequests(): ActionRequest[] {
  return Array.from({ length: 64 }, (_, index): ActionRequest => {
    const actor = { kind: "agent", name: "quant", level: (index % 4) + 1 } as const;
    const riskClass = riskClasses[index % riskClasses.length] ?? "R";
    if (index % 2 === 0) return { action: "net.connect", class: riskClass, actor, host: `api.h${(index * 3) % rules}.example.org`, port: 443 };
    return { action: "file.write", class: riskClass, actor, path: `room-${(index * 5) % rules}/notes/${index}.md`, args: { text: "words" } };
  });
}

/** One decision over a hundred rules, warm: requests that match and requests that no rule allows, with the words that a denial carries. */
export async function bench(): Promise<BenchRow[]> {
  const set = hundredRules();
  const requests = mixedRequests();
  const run = (count: number): number => {
    const started = systemClock.monotonicMs();
    for (let round = 0; round < count; round++) decide(requests[round % requests.length] as ActionRequest, set, { id: "d-bench", commit: "bench" });
    return ((systemClock.monotonicMs() - started) * 1000) / count;
  };
  run(rounds);
  const best = Math.min(...Array.from({ length: 5 }, () => run(rounds)));
  const denied = requests.filter((request) => decide(request, set, { id: "d-bench", commit: "bench" }).effect === "deny").length;
  return [
    {
      name: "decision over 100 rules",
      value: Math.round(best * 100) / 100,
      unit: "µs",
      limit: 50,
      reference: `${requests.length} requests, ${denied} of them denied, with what would have allowed them`,
    },
  ];
}
