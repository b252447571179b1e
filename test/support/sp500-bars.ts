import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { barsOf, type Bars } from "../../src/strategy/bars.ts";

/** The daily bars of the S&P 500 that come with agentctl. */
export function sp500Bars(): Bars {
  const file = fileURLToPath(new URL("../../skills/market-stats/assets/sp500-daily.csv", import.meta.url));
  const [head = "", ...lines] = readFileSync(file, "utf8").trim().split("\n");
  const names = head.split(",");
  const rows = lines.map((line) => line.split(","));
  const cells = (name: string): string[] => rows.map((row) => row[names.indexOf(name)] ?? "");
  return barsOf(rows.length, (name) => (name === "ts" ? Float64Array.from(cells("date"), Date.parse) : Float64Array.from(cells(name), Number)));
}
