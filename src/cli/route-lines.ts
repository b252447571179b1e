import type { Route } from "../agent/route.ts";
import { safeText } from "../base/safe-text.ts";
import { table } from "./table.ts";

/** So many are enough to see what it was between. */
const shownMax = 6;

/** A choice as lines: who, why, and what the others came to. */
export function routeLines({ choice, why, scores }: Route): string[] {
  const rows = scores
    .filter(({ score }) => score !== 0)
    .slice(0, shownMax)
    .map(({ kind, name, score, intent, words, runs, not }) => ({
      who: `${kind} ${safeText(name, { oneLine: true })}`,
      score: score.toFixed(3),
      intent: intent.toFixed(2),
      words: words.toFixed(2),
      runs: runs.toFixed(2),
      note: not === undefined ? "" : safeText(not, { oneLine: true }),
    }));
  return [
    choice === null ? "nothing" : `${choice.kind} ${safeText(choice.name, { oneLine: true })}`,
    ...why.map((text) => `  ${safeText(text, { oneLine: true })}`),
    ...(rows.length === 0 ? [] : ["", ...table(rows, ["who", "score", "intent", "words", "runs", "note"])]),
  ];
}
