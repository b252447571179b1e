import { sha256 } from "../base/digest.ts";
import type { BacktestResult, EquityCurve } from "./backtest.ts";
import { equityColumns, orderColumns, rowOf, tradeColumns, type Cell } from "./rows.ts";

export interface ResultDigests {
  ordersSha256: string;
  tradesSha256: string;
  equitySha256: string;
}

/** What a result is known by. Equal digests are equal results, to the last bit. */
export function digestsOf(result: Pick<BacktestResult, "orders" | "trades" | "equity">, markets: readonly string[]): ResultDigests {
  return {
    ordersSha256: rowsDigest(result.orders.map((order) => rowOf(orderColumns, order, markets))),
    tradesSha256: rowsDigest(result.trades.map((trade) => rowOf(tradeColumns, trade, markets))),
    equitySha256: equityDigest(result.equity),
  };
}

/** SHA-256 over the rows, each as canonical JSON (a list of cells has no members to sort) and a line feed. */
export function rowsDigest(rows: readonly (readonly Cell[])[]): string {
  return sha256(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
}

/** SHA-256 over the columns ts, equity, exposure, each as little-endian doubles, in this order. */
export function equityDigest(curve: EquityCurve): string {
  const bytes = new Uint8Array(curve.length * 8 * equityColumns.length);
  const view = new DataView(bytes.buffer);
  equityColumns.forEach((column, index) => {
    const values = curve[column];
    for (let row = 0; row < curve.length; row++) view.setFloat64((index * curve.length + row) * 8, values[row] ?? NaN, true);
  });
  return sha256(bytes);
}
