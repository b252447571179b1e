import type { Bars } from "../strategy/bars.ts";
import type { DataSet } from "./data-set.ts";
import { barsDigest } from "./digest.ts";
import { timeText } from "./problems.ts";

const decimalsMax = 8;

/** What a manifest says of bars that anybody can count again. */
export function describeBars(bars: Bars): Pick<DataSet, "rows" | "from" | "to" | "sha256"> {
  const at = (index: number): string => timeText(bars.ts[index] ?? null) ?? "";
  return { rows: bars.length, from: at(0), to: at(bars.length - 1), sha256: barsDigest(bars) };
}

/** The fewest decimals, up to 8, that write every price exactly. */
export function priceDecimalsOf(bars: Bars): number {
  let decimals = 0;
  for (const column of [bars.open, bars.high, bars.low, bars.close]) {
    for (const price of column) while (decimals < decimalsMax && Number(price.toFixed(decimals)) !== price) decimals += 1;
  }
  return decimals;
}
