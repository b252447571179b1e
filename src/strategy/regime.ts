import { AgentctlError } from "../base/errors.ts";
import type { Bars } from "./bars.ts";
import { WindowMean } from "./indicators/mean.ts";

export interface RegimeOptions {
  /** Bars over which the trend is judged; 120 when not given. */
  trend?: number;
  /** A trend begins when the way price went is this many times what chance would go (one standard deviation over the same bars); 1 when not given. */
  trendMin?: number;
  /** Bars of the volatility that is now; 20 when not given. */
  volatility?: number;
  /** Bars of the volatility that it is compared with; 250 when not given. */
  usual?: number;
  /** Wild begins when volatility is this many times the usual one; 1.25 when not given. */
  wildMin?: number;
}

export interface Regimes {
  /** Index into `names` for every bar. */
  label: Uint8Array;
  names: readonly string[];
}

/** 0 is before there are bars enough, and where a price is missing or not above 0. */
export const regimeNames = ["unknown", "bull calm", "bull wild", "sideways calm", "sideways wild", "bear calm", "bear wild"] as const;

/**
 * Trend and volatility of a market at each bar, judged by bars up to and including it only. Trend is the log return of the last `trend` bars over its
 * standard deviation under chance (√trend times that of one bar): time-series momentum scaled by volatility, as T. Moskowitz, Y. H. Ooi, L. H. Pedersen,
 * Time Series Momentum (2012). Volatility is the root of the mean squared log return, short window over long, since it comes in clusters (R. Engle,
 * Autoregressive Conditional Heteroscedasticity, 1982). Both hold on: a trend ends when its sign turns, wild when volatility is back at the usual, so that
 * a regime is not left and entered again by every bar near a limit. Errors: strategy/bad-setting.
 */
export function detectRegimes(bars: Bars, options: RegimeOptions = {}): Regimes {
  const { trend = 120, trendMin = 1, volatility = 20, usual = 250, wildMin = 1.25 } = options;
  for (const [name, value] of Object.entries({ trend, volatility, usual })) requireBars(name, value);
  const drift = new WindowMean(trend);
  const spread = new WindowMean(trend);
  const short = new WindowMean(volatility);
  const long = new WindowMean(usual);
  const label = new Uint8Array(bars.length);
  let direction = 0;
  let wild = false;
  let last = Number.NaN;
  for (let t = 0; t < bars.length; t++) {
    const close = bars.close[t] as number;
    const change = close > 0 ? Math.log(close / last) : Number.NaN;
    last = close > 0 ? close : Number.NaN;
    const mean = drift.next(change);
    const strength = strengthOf(mean, spread.next(change * change), trend);
    const ratio = ratioOf(short.next(change * change), long.next(change * change));
    if (Number.isNaN(strength) || Number.isNaN(ratio)) {
      direction = 0;
      wild = false;
      continue;
    }
    if (Math.abs(strength) >= trendMin) direction = Math.sign(strength);
    else if (strength * direction <= 0) direction = 0;
    wild = wild ? ratio > 1 : ratio >= wildMin;
    label[t] = 1 + 2 * (1 - direction) + (wild ? 1 : 0);
  }
  return { label, names: regimeNames };
}

/** How far the mean is from 0, in standard deviations of a mean of that many. Where nothing varies, a drift is as sure as can be. */
function strengthOf(mean: number, meanSquare: number, count: number): number {
  if (Number.isNaN(mean) || mean === 0) return mean;
  return (mean * Math.sqrt(count)) / Math.sqrt(Math.max(0, meanSquare - mean * mean));
}

function ratioOf(short: number, long: number): number {
  return long === 0 ? 0 : Math.sqrt(short / long);
}

function requireBars(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 2) return;
  throw new AgentctlError("strategy/bad-setting", `regimes: ${name} is to be a whole number from 2 on, not ${value}`, { exit: "usage" });
}
