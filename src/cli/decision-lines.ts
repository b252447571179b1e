import { safeText } from "../base/safe-text.ts";
import type { Decision } from "../policy/request.ts";

/** A decision in the few lines that people and agents read alike: the effect, the rule and its place; why; what would have allowed it. */
export function decisionLines(decision: Pick<Decision, "effect" | "rules" | "reason" | "at" | "would">): string[] {
  const at = decision.at === undefined ? "" : `     ${decision.at.file}:${decision.at.line}`;
  const [first = "no rule", ...others] = decision.rules;
  const lines = [`${decision.effect.padEnd(6)} ${first}${at}`, `why    ${decision.reason}`];
  if (others.length > 0) lines.push(`also   ${others.join(", ")}`);
  if (decision.would !== undefined) lines.push(`would  ${decision.would}`);
  // Names and paths in it were chosen by whoever asked.
  return lines.map((line) => safeText(line));
}
