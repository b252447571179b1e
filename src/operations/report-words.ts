import type { EquityCurve } from "../backtest/backtest.ts";
import { isoTime } from "../base/clock.ts";
import type { Bars } from "../strategy/bars.ts";

const dayMs = 86_400_000;

/** A time for people: the date alone at midnight. */
function timeWords(ms: number): string {
  if (!Number.isFinite(ms)) return "-";
  return isoTime(ms)
    .replace("T", " ")
    .replace(/( 00:00)?(:00)?\.000Z$/, "");
}

/** The moment of a fill. A close at midnight is told by the day that it ends. */
export function fillWords(ms: number, index: number, bars: Bars | undefined): string {
  const opened = bars?.ts[index];
  return opened !== undefined && ms > opened && ms % dayMs === 0 ? timeWords(opened) : timeWords(ms);
}

/** First and last day of a curve, whose times are closes. */
export function rangeOf({ ts, length }: EquityCurve): string {
  return length === 0 ? "no bars" : [ts[0] ?? 0, ts[length - 1] ?? 0].map((ms) => isoTime(ms - 1).slice(0, 10)).join(" … ");
}

export function priceWords(value: number): string {
  return Number.isFinite(value) ? value.toLocaleString("en-US", { maximumFractionDigits: 8, maximumSignificantDigits: 7 }) : "-";
}

/** maxDrawdown ⇒ Max drawdown. */
export function metricWords(name: string): string {
  if (name === "cagr") return "CAGR";
  const words = name.replaceAll(/([a-z])([A-Z0-9])/g, "$1 $2").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
