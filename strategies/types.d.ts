/** What a strategy is to the engine: code that is called after every bar and may ask for orders. The same interface serves backtest, paper and live. */

export type ParameterValue = number | string | boolean;
/** Every parameter of a strategy by name, defaults filled in. */
export type ParameterValues = Readonly<Record<string, ParameterValue>>;

export interface BarStrategy {
  /** Once, before the first bar. Indicators are made here, so that the engine knows the warm-up. */
  start?(setup: Setup): void;
  /** After the close of every bar past the warm-up, oldest first. Orders asked for here are live from the next bar on, never in this one. */
  onBar(now: Now): void;
}

export interface Setup {
  readonly parameters: ParameterValues;
  readonly markets: readonly string[];
  /** An indicator over a market's bars (a name of the table `indicators`), e.g. `indicator(0, "sma", { period: 10 })`. Its warm-up counts for the run. */
  indicator(market: number, name: string, options?: IndicatorOptions): Series;
  /** For what is computed without `indicator`: nothing is asked in the first `bars` bars of this market or, without a market, in the first moments of the run. */
  warmup(bars: number, market?: number): void;
}

export interface IndicatorOptions {
  /** Settings of the indicator, e.g. `period`. */
  readonly [setting: string]: number | string | undefined;
  /** The column it reads where it reads one: open, high, low, close (default), volume. */
  readonly of?: string;
  /** Of an indicator with many: e.g. `signal` of macd. The first when not given. */
  readonly output?: string;
  /** A higher timeframe, e.g. `1w`: computed over its closed bars only. */
  readonly timeframe?: string;
}

/** Values of a column up to the bar that is now. */
export interface Series {
  /** At this bar; NaN before it is warm. */
  readonly now: number;
  /** `bars` ago, 0 is now; NaN before the first. Errors: strategy/future (below 0). */
  ago(bars: number): number;
}

/** The moment after a bar's close. One object is reused for the whole run: read it, do not keep it. */
export interface Now {
  /** Counts the distinct moments of the run, warm-up included, from 0. */
  readonly step: number;
  /** When the bar closed, ms since the epoch. */
  readonly ts: number;
  /** Cash plus positions at the last closes, in the account's currency. */
  readonly equity: number;
  readonly cash: number;
  /** In the order of strategy.yaml. */
  readonly markets: readonly Market[];
}

export interface Market {
  readonly name: string;
  /** Whether a bar of this market closed at this moment; else the values are those of its last one. */
  readonly fresh: boolean;
  /** Bar number of the market, from 0; −1 before its first. */
  readonly index: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  /** Units held: positive long, negative short. */
  readonly position: number;
  /** Average price of the open position; NaN when flat. */
  readonly entryPrice: number;
  /** The smallest step of units, e.g. 0.0001 or 1: orders are cut down to it, and what comes to less is refused. */
  readonly unit: number;
  /** Orders asked for that are still to be filled in this market; exits of a bracket are not counted. */
  readonly pending: number;
  /** Asks for an order and answers its number, from 1. What cannot be an order (no price for a limit, units ≤ 0, NaN) throws backtest/bad-order. */
  buy(ask?: OrderAsk): number;
  sell(ask?: OrderAsk): number;
  /** A market order that takes the position to zero; 0 when there is none. */
  exit(): number;
  /** Takes back one order, or all that were asked for in this market; exits of a bracket stay. */
  cancel(order?: number): void;
}

export type OrderType = "market" | "limit" | "stop" | "stop-limit" | "trailing";

export interface OrderAsk {
  /** Default market. */
  type?: OrderType;
  /** Units; or `value`, money to spend with its costs, turned into units at the fill's price. Without either, the strategy's sizing decides. */
  units?: number;
  value?: number;
  /** Price, for limit and stop-limit. */
  limit?: number;
  /** Trigger price, for stop and stop-limit. */
  stop?: number;
  /** Distance in price from the best price since the order went live, for trailing. */
  trail?: number;
  /** Exit prices of the position that this order opens: a bracket, of which one exit takes back the others. */
  stopLoss?: number;
  takeProfit?: number;
  /** Distance in price of a trailing exit. */
  trailingStop?: number;
  /** May only make a position smaller; without units or value, the whole of it. */
  reduceOnly?: boolean;
  /** Taken back after so many bars without a fill; rests until taken back when not given. */
  bars?: number;
  /** For people; goes to the record. */
  tag?: string;
}
