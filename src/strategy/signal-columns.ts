/**
 * What a strategy without a memory of its own wants after each bar of one market, as columns of the length of its bars: what declared strategies
 * compile to and what a Python strategy answers. Row t may depend on bars 0 … t only; it acts from bar t+1 on.
 */
export interface SignalColumns {
  /** 1 where a long position is to be opened (a short one is closed first). */
  readonly enterLong: Uint8Array;
  /** 1 where a long position is to be closed. */
  readonly exitLong: Uint8Array;
  readonly enterShort: Uint8Array;
  readonly exitShort: Uint8Array;
  /** Entries as limit or stop orders at this price instead of at the market; NaN is none. At most one of the two. */
  readonly limit?: Float64Array;
  readonly stop?: Float64Array;
  /** Exit prices that go with an entry; NaN is none. */
  readonly stopLoss?: Float64Array;
  readonly takeProfit?: Float64Array;
  /** Distance in price of a trailing exit; NaN is none. */
  readonly trailingStop?: Float64Array;
  /** Share of equity that the position is to have (negative short); where it is there, enter and exit columns are not looked at, and NaN leaves the position as it is. */
  readonly weight?: Float64Array;
  /** Rows before this one are warm-up, and nothing is asked for in them. */
  readonly warmup: number;
}
