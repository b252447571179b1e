import { safeText } from "../base/safe-text.ts";
import type { RunsCompared } from "../operations/diff-runs.ts";
import type { ReplayResult } from "../operations/replay-run.ts";
import { paint } from "./paint.ts";
import { count } from "./quantity.ts";
import { table } from "./table.ts";

const shownMax = 20;

/** Whether a replay came out the same, and where not. */
export function replayLines({ root, identical, models, tools, decisions, divergences, outcome, recordEnds }: ReplayResult): string[] {
  const replayed = `${count(models, "model call")}, ${count(tools, "tool call")}, ${count(decisions, "decision")}`;
  const end = outcome === undefined ? `the record ends at ${recordEnds ?? "its last step"}` : `ends ${outcome}`;
  if (identical) return [`${paint("green", "identical", process.stdout)}  ${root}  ${replayed}  ${end}`];
  const rows = divergences.slice(0, shownMax).map(({ key, what, message }) => ({ key, what, message: safeText(message, { oneLine: true }) }));
  const more = divergences.length - rows.length;
  return [
    `${paint("red", "differs", process.stdout)}  ${root}  ${replayed}  ${end}`,
    ...table(rows, ["what", "key", "message"], { header: false }).map((line) => `  ${line}`),
    ...(more > 0 ? [`  … ${more} more; --json has them`] : []),
  ];
}

function one(text: string | undefined): string {
  return text === undefined ? "-" : safeText(text.replaceAll(/\s+/g, " ").slice(0, 60), { oneLine: true });
}

/** Two runs side by side: totals, then the steps that differ. */
export function diffLines({ a, b, steps, same, differences, totals, sameAnswer }: RunsCompared): string[] {
  const names = ["agent", "outcome", "iterations", "toolCalls", "tokens", "costUsd", "denied"] as const;
  const rows = names.map((name) => ({ what: name, [a]: String(totals.a[name]), [b]: String(totals.b[name]) }));
  return [
    ...table(rows, ["what", a, b]),
    "",
    `${same} of ${count(steps, "step")} alike; ${sameAnswer ? "one answer" : "different answers"}`,
    ...table(
      differences.slice(0, shownMax).map((each) => ({ step: each.key, [a]: one(each.a), [b]: one(each.b) })),
      ["step", a, b],
      { header: false },
    ),
    ...(differences.length > shownMax ? [`… ${differences.length - shownMax} more; --json has them`] : []),
  ];
}
