import type { Finding } from "../../base/finding.ts";
import { gateStrategy } from "../gate-strategy.ts";
import { shelvedStrategy, workingDataSets } from "../strategy-shelf.ts";
import { decidesOutcome, strategyNames } from "../strategy-files.ts";
import { answer, notNeeded } from "./answer.ts";
import { foldersOf } from "./changed-skills.ts";
import type { Gate, GateTree } from "./gate.ts";

/** `strategy gate` for each strategy that the change touches, also through what it includes; the limits are those of the protected branch's policies. */
export const strategy: Gate = {
  name: "strategy",
  async judge(context) {
    const { head, proposal, kinds } = context;
    if (!kinds.includes("strategy")) return notNeeded("no strategy");
    const deciding = proposal.changes.filter(({ path }) => path.startsWith("strategies/") && decidesOutcome(path.slice("strategies/".length)));
    const changed = foldersOf(deciding, "strategies");
    if (changed.length === 0) return answer("nothing that an outcome depends on", []);
    const names = await touched(head, changed);
    if (names.length === 0) return { ...answer("strategies go, none is new", []), evidence: { gone: changed } };
    const findings: Finding[] = [];
    const evidence: Record<string, unknown> = {};
    let passed = 0;
    for (const name of names) {
      context.signal.throwIfAborted();
      const { gate, outcome, knownBad, decision, ignored } = await gateStrategy({ cwd: head.cwd, env: head.env, name, parameters: {} });
      const file = `strategies/${name}/strategy.yaml`;
      if (knownBad !== undefined)
        findings.push({
          rule: "gate/known-bad",
          level: "error",
          message: `is shipped to show a mistake (${knownBad})`,
          file,
          hint: "take known-bad out of strategy.yaml",
        });
      if (gate === undefined)
        findings.push({ rule: "gate/strategy", level: "error", message: `was not held to its limits: ${outcome}, ${decision.reason}`, file });
      for (const { check, found, meaning } of gate?.checks.filter((each) => !each.passed) ?? [])
        findings.push({ rule: `gate/${check}`, level: "error", message: found, file, line: 1, hint: meaning });
      for (const { name: limit, own, policy } of ignored)
        findings.push({
          rule: "gate/ignored-limit",
          level: "warning",
          message: `its own limit ${limit}: ${own} does not tighten ${policy ?? "any of policy"}`,
          file,
        });
      if (gate?.passed === true && knownBad === undefined) passed += 1;
      evidence[name] =
        gate === undefined
          ? null
          : {
              passed: gate.passed,
              trials: gate.trials,
              checks: gate.checks.map(({ check, passed: held, figure, threshold }) => ({ check, passed: held, figure, threshold })),
            };
    }
    return answer(`${passed} of ${names.length} ${names.length === 1 ? "strategy" : "strategies"}`, findings, evidence);
  },
};

/** Strategies of the head with a changed file, or that include a folder with one. */
async function touched({ cwd }: GateTree, changed: readonly string[]): Promise<string[]> {
  const dataSets = workingDataSets(cwd);
  const names = strategyNames(cwd);
  const found = await Promise.all(
    names.map(async (name) => {
      if (changed.includes(name)) return true;
      const { strategy: read } = await shelvedStrategy(cwd, name, dataSets);
      return read?.include.some((path) => changed.includes(path.split("/")[0] ?? "")) === true;
    }),
  );
  return names.filter((_, index) => found[index]);
}
