import { equityColumns, orderColumns, tradeColumns, type RowColumn } from "../backtest/rows.ts";

/** What a backtest leaves in the lake: one Parquet file a table. */
export const resultTables = ["orders", "trades", "equity"] as const;
export type ResultTable = (typeof resultTables)[number];

export interface LakeColumn {
  name: string;
  /** As in DuckDB. */
  type: RowColumn<never>["type"];
}

/** The columns of a table beside `backtest` and `identity`, by which every row is keyed. */
export const lakeColumns: Readonly<Record<ResultTable, readonly LakeColumn[]>> = {
  orders: orderColumns,
  trades: tradeColumns,
  equity: equityColumns.map((name) => ({ name, type: name === "ts" ? "TIMESTAMP" : "DOUBLE" })),
};
