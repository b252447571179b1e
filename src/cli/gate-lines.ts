import type { Report } from "../base/report.ts";
import type { GateCheck } from "../backtest/gate-check.ts";
import type { GateStrategyResult } from "../operations/gate-strategy.ts";
import { paint } from "./paint.ts";

/** One check on one line: mark, name, figure against threshold, what was found. */
export function checkLine(check: GateCheck): string {
  const mark = check.passed ? paint("green", "✓") : paint("red", "✗");
  return `${mark} ${check.check.padEnd(16)} ${against(check).padEnd(18)} ${check.found}`;
}

/** `0.31 < 0.95`: the figure, how it stands to the threshold, the threshold. */
function against({ figure, relation, threshold }: GateCheck): string {
  if (threshold === null) return "no limit";
  if (figure === null) return `none, needs ${relation} ${short(threshold)}`;
  const reached = relation === "≥" ? figure >= threshold : figure <= threshold;
  const sign = reached ? relation : relation === "≥" ? "<" : ">";
  return `${short(figure)} ${sign} ${short(threshold)}`;
}

/** Whole numbers whole, others with three digits. */
function short(value: number): string {
  return String(Number.isInteger(value) ? value : Number(value.toPrecision(3)));
}

/** What the limits of strategy.yaml came to, and how it ended. */
export function gateEnd({ gate, ignored, knownBad, strategy, decision }: GateStrategyResult): string[] {
  if (gate === undefined) return [`next       agentctl policy explain ${decision.id}`];
  const lines = ignored.map(({ name, own, policy }) =>
    policy === null
      ? `ignored    gates.${name}: ${own} is a limit that no policy sets`
      : `ignored    gates.${name}: ${own} does not tighten policy's ${policy}`,
  );
  const failed = gate.checks.filter(({ passed }) => !passed);
  // What could not be asked, since something else had failed, needs no reason of its own.
  for (const { check, meaning, figure } of failed) if (figure !== null) lines.push(`why        ${check}: ${meaning}`);
  if (knownBad !== undefined) lines.push(`known bad  ${strategy} is shipped to show a mistake; ${knownBad} is the check that must refuse it`);
  if (failed.some(({ threshold }) => threshold === null))
    lines.push("next       set the limits under gates: in policies/strategies/policy.yaml, and commit it");
  const files = gate.committed ? "" : "  its files, or those of its data, are not in the commit";
  lines.push(
    gate.passed
      ? `${paint("green", "passed")}     ${gate.checks.length} checks     ${gate.gate}  seed ${gate.seed}${files}`
      : `${paint("red", "refused")}    ${failed.length} of ${gate.checks.length} checks     ${gate.gate}  seed ${gate.seed}${files}`,
  );
  return lines;
}

/** The checks in the forms that code hosts read. */
export function gateReport({ gate, strategy }: GateStrategyResult, version: string): Report {
  const file = `strategies/${strategy}/strategy.yaml`;
  const checks = (gate?.checks ?? []).map((check) => ({
    name: check.check,
    file,
    findings: check.passed
      ? []
      : [{ rule: `gate/${check.check}`, level: "error" as const, message: `${against(check)}: ${check.found}`, file, line: 1, hint: check.meaning }],
  }));
  return { tool: "agentctl strategy gate", version, checks };
}
