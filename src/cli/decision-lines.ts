import { safeText } from "../base/safe-text.ts";
import type { Decision } from "../policy/request.ts";

/**
 * A decision in the few lines that people and agents read alike: the effect, the rule and its place; why; what would have allowed it.
 * `width` is that of the first column.
 */
export function decisionLines(decision: Pick<Decision, "effect" | "rules" | "reason" | "at" | "would">, width = 6): string[] {
  const line = (label: string, text: string): string => `${label.padEnd(width)} ${text}`;
  const at = decision.at === undefined ? "" : `     ${decision.at.file}:${decision.at.line}`;
  const [first = "no rule", ...others] = decision.rules;
  const lines = [line(decision.effect, `${first}${at}`), line("why", decision.reason)];
  if (others.length > 0) lines.push(line("also", others.join(", ")));
  if (decision.would !== undefined) lines.push(line("would", decision.would));
  // Names and paths in it were chosen by whoever asked.
  return lines.map((text) => safeText(text));
}
