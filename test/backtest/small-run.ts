import type { BacktestResult } from "../../src/backtest/backtest.ts";
import { runBacktest } from "../../src/backtest/run-backtest.ts";
import type { BacktestSettings } from "../../src/backtest/settings.ts";
import type { Market, Now } from "../../src/strategy/bar-strategy.ts";
import type { Bars } from "../../src/strategy/bars.ts";

/** open, high, low, close, volume (1000 when not given). */
export type Row = readonly [number, number, number, number, number?];

export const minuteMs = 60_000;

/** Bars a minute apart, or at the minutes named. */
export function barsOf(rows: readonly Row[], minutes: readonly number[] = rows.map((_, index) => index)): Bars {
  const column = (place: number): Float64Array => Float64Array.from(rows, (row) => row[place] ?? 1000);
  return {
    length: rows.length,
    ts: Float64Array.from(minutes, (minute) => minute * minuteMs),
    open: column(0),
    high: column(1),
    low: column(2),
    close: column(3),
    volume: column(4),
  };
}

export function settings(given: Partial<BacktestSettings> = {}): BacktestSettings {
  return {
    instruments: [{ name: "m0", priceDecimals: 2, unitDecimals: 2 }],
    sizing: { kind: "units", units: 1 },
    account: { currency: "USD", cash: 10_000, decimals: 2 },
    costs: { taker: 0, maker: 0, fixed: 0, spread: 0, slippage: { model: "none" }, borrow: 0 },
    risk: { leverage: 1 },
    fill: "next-open",
    warmup: 0,
    timeframeMs: minuteMs,
    lagBars: 0,
    ...given,
  };
}

/** What is asked after the close of a step. */
export type Script = Readonly<Record<number, (market: Market, now: Now) => void>>;

export function run(bars: Bars | readonly Bars[], script: Script, given: Partial<BacktestSettings> = {}): BacktestResult {
  const all = Array.isArray(bars) ? (bars as readonly Bars[]) : [bars as Bars];
  const instruments = all.map((_, index) => ({ name: `m${index}`, priceDecimals: 2, unitDecimals: 2 }));
  return runBacktest({
    settings: settings({ instruments, ...given }),
    bars: all,
    strategy: { onBar: (now) => script[now.step]?.(now.markets[0] as Market, now) },
    parameters: {},
    intents: true,
  });
}

/** Orders in few words. */
export function fills(result: BacktestResult): string[] {
  return result.orders.map(({ side, type, units, state, why, filledIndex, price }) =>
    state === "filled" ? `${side} ${type} ${units} @ ${price} in ${filledIndex}` : `${side} ${type} ${state}${why === "" ? "" : ` (${why})`}`,
  );
}
