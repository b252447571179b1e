import { safeText } from "../base/safe-text.ts";
import type { Difference } from "../operations/compare-results.ts";
import type { Reproduction } from "../operations/reproduce-backtest.ts";
import { clip } from "./clip.ts";
import { paint } from "./paint.ts";

/** What came of reproducing a backtest: the first line is the verdict. */
export function reproductionLines(reproduction: Reproduction): string[] {
  const { verdict, digests, commit, data, engine, seed, differences, missing, again, backtest } = reproduction;
  if (verdict === "not-run") return [];
  if (verdict === "not-rebuilt") {
    return [
      `${paint("red", "not rebuilt")}  ${backtest}`,
      ...missing.flatMap(({ part, found, mend }) => [
        `  ${part.padEnd(9)}  ${safeText(found, { oneLine: true })}`,
        `  mend       ${safeText(mend, { oneLine: true })}`,
      ]),
    ];
  }
  const stood = `(commit ${commit.slice(0, 7)}, ${data.map(({ name, sha256 }) => `data ${name} ${sha256.slice(0, 7)}…`).join(", ")}, engine ${engine}, seed ${seed})`;
  if (verdict === "identical") {
    const parts =
      digests === null
        ? ["the same failure"]
        : [`orders ${short(digests.ordersSha256)}`, `trades ${short(digests.tradesSha256)}`, `equity ${short(digests.equitySha256)}`];
    return [`${paint("green", "identical")}  ${parts.join("  ")}   ${stood}`];
  }
  return [
    `${paint("red", "differs")}  ${backtest} from ${again ?? "nothing"}   ${stood}`,
    ...differences.map((difference) => `  ${differenceLine(difference)}`),
  ];
}

function differenceLine({ what, row, column, recorded, found }: Difference): string {
  const where = row === undefined ? "" : `  row ${row}${column === undefined ? "" : `, ${column}`}`;
  return `${what}${where}: ${cell(recorded)} on record, ${cell(found)} found`;
}

function cell(value: Difference["recorded"]): string {
  const text = value === null ? "nothing" : String(value);
  return clip(safeText(/^[0-9a-f]{64}$/.test(text) ? short(text) : text, { oneLine: true }), 100);
}

function short(digest: string): string {
  return `sha256:${digest.slice(0, 12)}…`;
}
