import type { ParameterValue } from "./bar-strategy.ts";

/** strategies/<name>/strategy.yaml, read and checked: defaults filled in. */
export interface Strategy {
  /** The name of its folder. */
  name: string;
  about: string;
  /** Data sets (data/<name>.yaml), one a market, all on one timeframe. */
  markets: readonly string[];
  /** Of the bars it is called for: that of the data, or a multiple of it. */
  timeframe: string;
  /** Higher timeframes by the name they have in expressions, e.g. `{ week: "1w" }`. */
  timeframes: Readonly<Record<string, string>>;
  parameters: Readonly<Record<string, Parameter>>;
  /** Conditions over parameters that every variant must meet, e.g. `fast < slow`. */
  constraints: readonly string[];
  signals: Declared | Coded;
  sizing: Sizing;
  account: Account;
  costs: Costs;
  risk: Risk;
  /** Where market orders fill. this-close assumes a fill at the very close that the decision was computed on: the gate refuses it. */
  fill: "next-open" | "this-close";
  /** Bars before the first order beyond what the indicators need by themselves. */
  warmup: number;
  /** Stricter thresholds than policy's; they can only tighten. */
  gates: Readonly<Record<string, number>>;
  /** The check that must refuse this one: it is shipped to show a mistake. */
  knownBad?: string | undefined;
  /** Other files under strategies/ that its code needs, relative to strategies/. */
  include: readonly string[];
}

/** A parameter that may be searched. */
export interface Parameter {
  type: "integer" | "number" | "choice";
  default: ParameterValue;
  about?: string | undefined;
  /** integer and number. */
  min?: number;
  max?: number;
  /** Grid of a search; 1 for integers when not given. */
  step?: number;
  /** choice. */
  values?: readonly ParameterValue[];
}

/** Signals as expressions: compiled to columns, no code runs. */
export interface Declared {
  kind: "declared";
  /** Named columns, each may use those above it. */
  columns: Readonly<Record<string, string>>;
  /** Expressions by name of the signal column (enterLong, exitLong, …). */
  rules: Readonly<Partial<Record<SignalName, string>>>;
}

export type SignalName = "enterLong" | "exitLong" | "enterShort" | "exitShort" | "limit" | "stop" | "stopLoss" | "takeProfit" | "trailingStop" | "weight";

/** Signals as code, in a container. TypeScript is called bar by bar; Python answers whole columns. */
export interface Coded {
  kind: "code";
  language: "typescript" | "python";
  /** In its folder. */
  file: string;
}

export type Sizing =
  | { kind: "units"; units: number }
  /** Money a position. */
  | { kind: "value"; value: number }
  /** Share of equity a position. */
  | { kind: "equity"; share: number }
  /** So that the stop-loss costs this share of equity; entries without a stop-loss are refused. */
  | { kind: "risk"; share: number };

export interface Account {
  currency: string;
  /** At the start. */
  cash: number;
  /** Decimals to which money is booked. */
  decimals: number;
}

/** Shares are of the notional value: 0.001 is 0.1 %. */
export interface Costs {
  /** Market, stop and trailing orders. */
  taker: number;
  /** Limit orders that rested. */
  maker: number;
  /** Money an order. */
  fixed: number;
  /** Between bid and ask, as a share of the price; a taker pays half. */
  spread: number;
  slippage:
    | { model: "none" }
    | { model: "share"; share: number }
    /** A share of the bar's high − low. */
    | { model: "range"; share: number }
    /** price × impact × √(units / the bar's volume). */
    | { model: "volume"; impact: number };
  /** A year, on the value of short positions. */
  borrow: number;
}

export interface Risk {
  /** Gross value over equity at most, judged at the fill; an order that would exceed it is refused. */
  leverage: number;
  /** Open positions at most. */
  positions?: number | undefined;
  /** Exits as shares of the entry price, for entries that bring none of their own. */
  stopLoss?: number | undefined;
  takeProfit?: number | undefined;
  trailingStop?: number | undefined;
  /** All is closed and nothing more is opened once equity is this share below its peak. */
  drawdownMax?: number | undefined;
}
