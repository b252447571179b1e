import { join } from "node:path";
import { barColumns } from "../strategy/bars.ts";
import { ofKind, text } from "./event-sql.ts";
import { places } from "./places.ts";
import { lakeColumns, resultTables, type ResultTable } from "./result-tables.ts";
import { literalGlob, ownColumns, quoted } from "./sql-text.ts";
import type { View } from "./views.ts";

type Columns = View["columns"];

const abouts: Readonly<Record<ResultTable, string>> = {
  orders: "one row an order of a backtest, and what became of it",
  trades: "one row a trade of a backtest: a position from its entry to its exit",
  equity: "one row a moment of a backtest: what the account was worth",
};

/** A folder of Parquet files behind a view, and the columns that each file has. */
export interface LakeSource {
  folder: string;
  /** Where a file without rows lies, so that the glob finds one. */
  empty: string;
  glob: string;
  columns: Columns;
}

/** Where the rows of a table of results lie. */
function resultSource(stateDir: string, table: ResultTable): LakeSource {
  const folder = join(places.results(stateDir), table);
  const columns = lakeColumns[table].map(({ name, type }) => [name, type] as const);
  return { folder, empty: join(folder, "_empty.parquet"), glob: "*.parquet", columns: [["backtest", "VARCHAR"], ["identity", "VARCHAR"], ...columns] };
}

function barSource(stateDir: string): LakeSource {
  const folder = places.bars(stateDir);
  const columns = barColumns.map((name) => [name, name === "ts" ? "TIMESTAMP" : "DOUBLE"] as const);
  return { folder, empty: join(folder, "_empty", "empty.parquet"), glob: "*/*.parquet", columns: [["data", "VARCHAR"], ["sha256", "VARCHAR"], ...columns] };
}

/** Every folder of the lake that a view of this file reads. */
export function lakeSources(stateDir: string): LakeSource[] {
  return [...resultTables.map((table) => resultSource(stateDir, table)), barSource(stateDir)];
}

/** Views over rows that are no events. Results show only when their end is on record: what a killed process wrote is not there. */
export function lakeViews(stateDir: string): View[] {
  const results = resultTables.map((table): View => {
    const source = resultSource(stateDir, table);
    const finished = `SELECT ${text("backtest")} FROM ${ofKind("backtest.finished")}`;
    return { name: table, about: abouts[table], columns: source.columns, sql: `${selectFrom(source)} WHERE backtest IN (${finished})` };
  });
  const bars = barSource(stateDir);
  return [
    ...results,
    { name: "bars", about: "one row a bar of a data set as it is now; ts is its opening time", columns: bars.columns, sql: selectFrom(bars) },
  ];
}

function selectFrom({ folder, glob, columns }: LakeSource): string {
  return `SELECT ${columns.map(([name]) => `"${name}"`).join(", ")} FROM read_parquet(${quoted(join(literalGlob(folder), glob))}, ${ownColumns})`;
}
