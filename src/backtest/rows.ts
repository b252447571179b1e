import type { Order, Trade } from "./backtest.ts";

/**
 * Orders and trades as rows: what digests are made over, what the lake keeps, what SQL shows. A row is one list of cells in the order of its columns;
 * numbers that are not there (NaN) are null, times are ms since the epoch, a market is its name.
 */
export type Cell = string | number | boolean | null;

export interface RowColumn<T> {
  name: string;
  /** As in DuckDB. */
  type: "VARCHAR" | "INTEGER" | "DOUBLE" | "BOOLEAN" | "TIMESTAMP";
  key: keyof T & string;
}

export const orderColumns: readonly RowColumn<Order>[] = [
  { name: "order_id", type: "INTEGER", key: "id" },
  { name: "market", type: "VARCHAR", key: "market" },
  { name: "side", type: "VARCHAR", key: "side" },
  { name: "type", type: "VARCHAR", key: "type" },
  { name: "units", type: "DOUBLE", key: "units" },
  { name: "limit_price", type: "DOUBLE", key: "limit" },
  { name: "stop_price", type: "DOUBLE", key: "stop" },
  { name: "asked_index", type: "INTEGER", key: "askedIndex" },
  { name: "asked_ts", type: "TIMESTAMP", key: "askedTs" },
  { name: "state", type: "VARCHAR", key: "state" },
  { name: "why", type: "VARCHAR", key: "why" },
  { name: "filled_index", type: "INTEGER", key: "filledIndex" },
  { name: "filled_ts", type: "TIMESTAMP", key: "filledTs" },
  { name: "price", type: "DOUBLE", key: "price" },
  { name: "fee", type: "DOUBLE", key: "fee" },
  { name: "slippage", type: "DOUBLE", key: "slippage" },
  { name: "tag", type: "VARCHAR", key: "tag" },
];

export const tradeColumns: readonly RowColumn<Trade>[] = [
  { name: "market", type: "VARCHAR", key: "market" },
  { name: "side", type: "VARCHAR", key: "side" },
  { name: "units", type: "DOUBLE", key: "units" },
  { name: "entry_order", type: "INTEGER", key: "entryOrder" },
  { name: "entry_index", type: "INTEGER", key: "entryIndex" },
  { name: "entry_ts", type: "TIMESTAMP", key: "entryTs" },
  { name: "entry_price", type: "DOUBLE", key: "entryPrice" },
  { name: "exit_order", type: "INTEGER", key: "exitOrder" },
  { name: "exit_index", type: "INTEGER", key: "exitIndex" },
  { name: "exit_ts", type: "TIMESTAMP", key: "exitTs" },
  { name: "exit_price", type: "DOUBLE", key: "exitPrice" },
  { name: "costs", type: "DOUBLE", key: "costs" },
  { name: "profit", type: "DOUBLE", key: "profit" },
  { name: "return", type: "DOUBLE", key: "return" },
  { name: "exit", type: "VARCHAR", key: "exit" },
  { name: "ambiguous", type: "BOOLEAN", key: "ambiguous" },
];

export const equityColumns = ["ts", "equity", "exposure"] as const;

/** `markets` are the names by index. */
export function rowOf<T extends Order | Trade>(columns: readonly RowColumn<T>[], item: T, markets: readonly string[]): Cell[] {
  return columns.map(({ key }) => {
    const value = item[key] as Cell;
    if (key === "market") return markets[Number(value)] ?? String(value);
    return typeof value === "number" ? cellOf(value) : value;
  });
}

/** The way back: null is NaN again. */
export function itemOf<T extends Order | Trade>(columns: readonly RowColumn<T>[], row: readonly Cell[], markets: readonly string[]): T {
  const entries = columns.map(({ key, type }, index): [string, Cell] => {
    const cell = row[index] ?? null;
    if (key === "market") return [key, markets.indexOf(String(cell))];
    return [key, cell === null && type !== "VARCHAR" ? NaN : cell];
  });
  return Object.fromEntries(entries) as unknown as T;
}

/** A number as JSON has it: no NaN, no infinities, one zero. */
function cellOf(value: number): number | null {
  return Number.isFinite(value) ? value + 0 : null;
}
