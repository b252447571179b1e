import type { Account, Costs, Risk, Sizing, Strategy } from "../strategy/strategy.ts";

/** What is traded: the grid of its prices and units. */
export interface Instrument {
  /** Name of the market (the data set). */
  name: string;
  /** Decimals of a price that is booked, at most 8. */
  priceDecimals: number;
  /** Decimals of units: 0 for whole ones, at most 8. */
  unitDecimals: number;
}

/** Everything but bars and strategy that an outcome depends on: plain data, part of a backtest's identity. */
export interface BacktestSettings {
  instruments: readonly Instrument[];
  sizing: Sizing;
  account: Account;
  costs: Costs;
  risk: Risk;
  fill: "next-open" | "this-close";
  /** Bars before the first call beyond what the indicators need. */
  warmup: number;
  /** Length of a bar, ms. */
  timeframeMs: number;
  /** Orders go live so many bars later than they would: 0, but for the gate's question what an hour's delay costs. */
  lagBars: number;
  /** Trading starts with the first bar at or after this time (ms since the epoch); earlier bars warm up. */
  fromMs?: number | undefined;
}

/** What a strategy's file says about trading, with what its markets are. Instruments in the order of its markets. */
export function settingsOf(strategy: Strategy, instruments: readonly Instrument[], timeframeMs: number): BacktestSettings {
  return {
    instruments: instruments.map(({ name, priceDecimals, unitDecimals }) => ({ name, priceDecimals, unitDecimals })),
    sizing: strategy.sizing,
    account: strategy.account,
    costs: strategy.costs,
    risk: strategy.risk,
    fill: strategy.fill,
    warmup: strategy.warmup,
    timeframeMs,
    lagBars: 0,
  };
}
