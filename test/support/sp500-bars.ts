import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Bars } from "../../src/strategy/bars.ts";

/** The daily bars of the S&P 500 that come with agentctl, for tests of engines. */
export function sp500Bars(): Bars {
  const file = fileURLToPath(new URL("../../skills/market-stats/assets/sp500-daily.csv", import.meta.url));
  const [head = "", ...lines] = readFileSync(file, "utf8").trim().split("\n");
  const names = head.split(",");
  const rows = lines.map((line) => line.split(","));
  const column = (name: string): Float64Array => Float64Array.from(rows, (row) => Number(row[names.indexOf(name)]));
  const ts = Float64Array.from(rows, (row) => Date.parse(row[names.indexOf("date")] ?? ""));
  return { length: rows.length, ts, open: column("open"), high: column("high"), low: column("low"), close: column("close"), volume: column("volume") };
}
