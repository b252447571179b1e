/** A part of an expression whose names and sorts are known. */
export type Node = Constant | ParameterNode | BarNode | CallNode | IndicatorNode | LiftNode;

/**
 * number, text and flag are known once the parameters are; a column has a number for every bar, a condition a truth value for every bar.
 */
export type Sort = "number" | "text" | "flag" | "column" | "condition";

interface Part {
  sort: Sort;
  /** Timeframe whose bars it has a row for; undefined for the strategy's own, and for scalars. */
  frame: string | undefined;
  /** Parts and levels, counted with all that is named by it: both are bounded. */
  size: number;
  depth: number;
}

export interface Constant extends Part {
  kind: "constant";
  value: number | string | boolean;
}

export interface ParameterNode extends Part {
  kind: "parameter";
  name: string;
}

/** open, high, low, close, volume, or a fact of the calendar. */
export interface BarNode extends Part {
  kind: "bar";
  column: string;
}

/** An operator or function of the table `functions`. */
export interface CallNode extends Part {
  kind: "call";
  name: string;
  args: readonly Node[];
}

/** An indicator of the table `indicators`. */
export interface IndicatorNode extends Part {
  kind: "indicator";
  name: string;
  /** The column it reads; undefined for those that read whole bars. */
  of: Node | undefined;
  settings: readonly Node[];
  output: string;
}

/** A column of a higher timeframe, as it is known at each of the strategy's own bars. */
export interface LiftNode extends Part {
  kind: "lift";
  of: Node;
}

export const isScalar = (sort: Sort): boolean => sort === "number" || sort === "text" || sort === "flag";

/** Values of a part over the bars of its timeframe: numbers, or 0 and 1 of a condition. Rows before `warmup` mean nothing. */
export interface Column {
  readonly values: Float64Array | Uint8Array;
  readonly warmup: number;
}
