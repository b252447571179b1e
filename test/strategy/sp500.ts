import { readFileSync } from "node:fs";
import type { Bars } from "../../src/strategy/bars.ts";

const file = new URL("../../skills/market-stats/assets/sp500-daily.csv", import.meta.url);

/** The daily bars of the S&P 500 that ship with the market-stats skill. */
export function sp500(): Bars {
  const rows = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(","));
  const column = (index: number): Float64Array => Float64Array.from(rows, (row) => Number(row[index]));
  const ts = Float64Array.from(rows, ([date]) => Date.parse(`${date}T00:00:00Z`));
  return { length: rows.length, ts, open: column(1), high: column(2), low: column(3), close: column(4), volume: column(6) };
}
