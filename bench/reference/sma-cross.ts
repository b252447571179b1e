import { runBacktest } from "../../src/backtest/run-backtest.ts";
import type { BacktestResult } from "../../src/backtest/backtest.ts";
import type { BacktestSettings } from "../../src/backtest/settings.ts";
import { seeded } from "../../src/base/seeded.ts";
import type { BarStrategy, Now, Series, Setup } from "../../src/strategy/bar-strategy.ts";
import type { Bars } from "../../src/strategy/bars.ts";

/** The job that bench/backtest.ts gives to everyone: 10 over 30 on a walk of one-minute bars, 1 unit, 0.1 % a side. */
export const cash = 1_000_000;
export const rate = 0.001;

/** A walk of doubles, not rounded to ticks, so that no two averages are equal. */
export function walk(length: number): Bars {
  const chance = seeded(7);
  const column = (): Float64Array => new Float64Array(length);
  const bars = { length, ts: column(), open: column(), high: column(), low: column(), close: column(), volume: column() };
  let price = 100;
  for (let t = 0; t < length; t++) {
    const open = price;
    price *= 1 + (chance() - 0.5) * 0.002;
    bars.ts[t] = t * 60_000;
    bars.open[t] = open;
    bars.high[t] = Math.max(open, price) * 1.0002;
    bars.low[t] = Math.min(open, price) * 0.9998;
    bars.close[t] = price;
    bars.volume[t] = 100;
  }
  return bars;
}

/** As a user would write it. */
class Cross implements BarStrategy {
  private fast: Series | undefined;
  private slow: Series | undefined;

  start(setup: Setup): void {
    this.fast = setup.indicator(0, "sma", { period: 10 });
    this.slow = setup.indicator(0, "sma", { period: 30 });
  }

  onBar(now: Now): void {
    const market = now.markets[0];
    if (market === undefined || this.fast === undefined || this.slow === undefined) return;
    if (this.fast.now > this.slow.now) {
      if (market.position === 0) market.buy({ units: 1 });
    } else if (market.position > 0) market.exit();
  }
}

const settings: BacktestSettings = {
  instruments: [{ name: "walk", priceDecimals: 8, unitDecimals: 0 }],
  sizing: { kind: "units", units: 1 },
  account: { currency: "USD", cash, decimals: 8 },
  costs: { taker: rate, maker: rate, fixed: 0, spread: 0, slippage: { model: "none" }, borrow: 0 },
  risk: { leverage: 1 },
  fill: "next-open",
  warmup: 0,
  timeframeMs: 60_000,
  lagBars: 0,
};

/** Through the engine, with everything it does. */
export function engine(bars: Bars): BacktestResult {
  return runBacktest({ settings, bars: [bars], strategy: new Cross(), parameters: {} });
}

/** What every other way of doing the job answers. */
export interface Outcome {
  trades: number;
  equity: number;
}

/** The bare loop over typed arrays: sma-cross.c word for word. */
export function loop({ open, close, length }: Bars): Outcome & { drawdown: number; sharpe: number } {
  let money = cash;
  let fast = 0;
  let slow = 0;
  let peak = cash;
  let last = cash;
  let sum = 0;
  let squares = 0;
  let drawdown = 0;
  let held = 0;
  let wanted = 0;
  let trades = 0;
  for (let t = 0; t < length; t++) {
    if (wanted !== held) {
      const price = open[t] as number;
      money += (held === 1 ? price : -price) - price * rate;
      trades += held;
      held = wanted;
    }
    const price = close[t] as number;
    const equity = money + (held === 1 ? price : 0);
    const change = equity / last - 1;
    sum += change;
    squares += change * change;
    last = equity;
    if (equity > peak) peak = equity;
    if (1 - equity / peak > drawdown) drawdown = 1 - equity / peak;
    fast += price - (t >= 10 ? (close[t - 10] as number) : 0);
    slow += price - (t >= 30 ? (close[t - 30] as number) : 0);
    if (t >= 29) wanted = fast / 10 > slow / 30 ? 1 : 0;
  }
  if (held === 1) {
    money += (close[length - 1] as number) * (1 - rate);
    trades += 1;
  }
  return { trades, equity: money, drawdown, sharpe: sum / Math.sqrt(squares * length - sum * sum) };
}
