import type { BarStrategy, OrderAsk, OrderType, ParameterValues } from "../strategy/bar-strategy.ts";
import type { Bars } from "../strategy/bars.ts";
import type { BacktestSettings } from "./settings.ts";

/** Rises when the same input may give another result; part of a backtest's identity. A golden test fails when results move and this does not. */
export const engineVersion = 1;

export interface BacktestInput {
  settings: BacktestSettings;
  /** One a market, in the order of `settings.instruments`. */
  bars: readonly Bars[];
  strategy: BarStrategy;
  parameters: ParameterValues;
  /** Also answers `intents`, what the strategy asked for, so that another engine can be asked the same. */
  intents?: boolean;
}

export type Side = "buy" | "sell";

/** An order and what became of it. Prices in the market's currency, times in ms since the epoch. */
export interface Order {
  /** From 1, in the order in which they were asked for (exits of a bracket: when they went live). The last close, which ends open positions, is none. */
  id: number;
  /** Index of the market. */
  market: number;
  side: Side;
  type: OrderType | "take-profit" | "stop-loss";
  /** Units asked for; of an order by value, those it came to. */
  units: number;
  limit: number;
  stop: number;
  /** Bar (of its market) after whose close it was asked for. */
  askedIndex: number;
  askedTs: number;
  state: "filled" | "cancelled" | "expired" | "refused" | "open";
  /** Why refused or cancelled: cash, leverage, positions, drawdown, size, bracket, reduce-only, end. */
  why: string;
  /** −1 and NaN when not filled. */
  filledIndex: number;
  filledTs: number;
  price: number;
  fee: number;
  /** What spread and slippage cost against the price without them, in money. */
  slippage: number;
  tag: string;
}

/** A position from flat to flat. A part of it that was closed earlier is a trade of its own (first in, first out). */
export interface Trade {
  market: number;
  side: "long" | "short";
  units: number;
  entryOrder: number;
  entryIndex: number;
  entryTs: number;
  entryPrice: number;
  /** 0 of the last close. */
  exitOrder: number;
  exitIndex: number;
  exitTs: number;
  exitPrice: number;
  /** Fees, of entry and exit, and borrowing. */
  costs: number;
  /** After costs, in money, exact at the account's decimals. */
  profit: number;
  /** Profit over the entry's value. */
  return: number;
  exit: "signal" | "stop-loss" | "take-profit" | "trailing" | "drawdown" | "end";
  /** Whether the bar left open what came first, so that the worse was taken. */
  ambiguous: boolean;
}

/** One row a moment (the closes of the bars, warm-up left out), in the account's currency. */
export interface EquityCurve {
  readonly length: number;
  /** When the bar closed. */
  readonly ts: Float64Array;
  readonly equity: Float64Array;
  /** Value of the open positions, short ones negative. */
  readonly exposure: Float64Array;
}

/** What the strategy asked for at a step; enough to ask another engine the same. */
export type Intent =
  | { step: number; market: number; act: "buy" | "sell"; ask: OrderAsk }
  | { step: number; market: number; act: "exit" }
  | { step: number; market: number; act: "cancel"; order?: number };

export interface BacktestResult {
  orders: Order[];
  trades: Trade[];
  equity: EquityCurve;
  /** Bars of all markets that were traded over, warm-up left out. */
  bars: number;
  /** Bars that were only warm-up. */
  warmup: number;
  /** The moment (step) of the first row of equity, counted from 0 over all moments. */
  firstStep: number;
  /** Bars that left open which of two orders came first. */
  ambiguous: number;
  /** Fills at a worse price than asked, since the bar opened beyond it. */
  gapped: number;
  /** Orders refused. */
  refused: number;
  /** Positions that were still open and were closed at the last close, as trades with exit `end`. */
  openAtEnd: number;
  /** Money, totals. */
  fees: number;
  slippage: number;
  borrow: number;
  intents?: Intent[];
}
