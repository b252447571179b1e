import { sha256 } from "../base/digest.ts";
import type { EquityCurve } from "./backtest.ts";
import { equityColumns, type Cell } from "./rows.ts";

export interface ResultDigests {
  ordersSha256: string;
  tradesSha256: string;
  equitySha256: string;
}

/** What a result is known by. Equal digests are equal results, to the last bit. */
export function digestsOf(rows: { orders: readonly (readonly Cell[])[]; trades: readonly (readonly Cell[])[]; equity: EquityCurve }): ResultDigests {
  return { ordersSha256: rowsDigest(rows.orders), tradesSha256: rowsDigest(rows.trades), equitySha256: equityDigest(rows.equity) };
}

/** SHA-256 over the rows, each as canonical JSON (a list of cells has no members to sort) and a line feed. */
function rowsDigest(rows: readonly (readonly Cell[])[]): string {
  return sha256(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
}

/** SHA-256 over the columns ts, equity, exposure, each as little-endian doubles, in this order. */
function equityDigest(curve: EquityCurve): string {
  const bytes = new Uint8Array(curve.length * 8 * equityColumns.length);
  const view = new DataView(bytes.buffer);
  equityColumns.forEach((column, index) => {
    const values = curve[column];
    for (let row = 0; row < curve.length; row++) view.setFloat64((index * curve.length + row) * 8, values[row] ?? NaN, true);
  });
  return sha256(bytes);
}
