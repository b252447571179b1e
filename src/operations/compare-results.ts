import { digestsOf } from "../backtest/digests.ts";
import { equityColumns, type Cell } from "../backtest/rows.ts";
import type { BacktestFinished } from "../event/backtest-events.ts";
import type { ResultRows } from "../trace/result-lake.ts";
import { lakeColumns, resultTables, type ResultTable } from "../trace/result-tables.ts";
import type { BacktestRecord } from "./find-backtest.ts";
import type { RecordedBacktest } from "./recorded-backtest.ts";

/** One thing in which two results differ. */
export interface Difference {
  /** e.g. outcome, orders, metric sharpe, trades in the lake */
  what: string;
  /** Of a table, from 1. */
  row?: number | undefined;
  column?: string | undefined;
  recorded: Cell;
  found: Cell;
}

/**
 * In what a result, and the rows that the lake keeps of the recorded one (undefined where they are gone), differ from what is on record. Empty when all
 * are the same. Digests tell; rows are compared to show where.
 */
export function differencesBetween({ started, finished }: BacktestRecord, again: RecordedBacktest, kept: ResultRows | undefined): Difference[] {
  const found = again.finished;
  const differences: Difference[] = [];
  const differ = (what: string, recorded: Cell, now: Cell): void => {
    if (recorded !== now) differences.push({ what, recorded, found: now });
  };
  differ("identity", started.identity, again.started.identity);
  differ("outcome", finished?.outcome ?? null, found.outcome);
  differ("why", finished?.why ?? null, found.why ?? null);
  if (finished?.outcome === "ok") differences.push(...tableDifferences(finished, again, kept));
  const [before, now] = [finished?.metrics ?? {}, found.metrics ?? {}];
  for (const name of new Set([...Object.keys(before), ...Object.keys(now)])) differ(`metric ${name}`, before[name] ?? null, now[name] ?? null);
  return differences;
}

function tableDifferences(finished: BacktestFinished, again: RecordedBacktest, kept: ResultRows | undefined): Difference[] {
  const keptDigests = kept && digestsOf(kept);
  const { rows, digests } = again.result ?? {};
  const differences = resultTables.flatMap((table): Difference[] => {
    const recorded = finished[`${table}Sha256`] ?? null;
    const [now, inLake] = [digests?.[`${table}Sha256`] ?? null, keptDigests?.[`${table}Sha256`]];
    const both = rows !== undefined && kept !== undefined;
    const differs: Difference[] = [];
    // The one of the two that is as recorded shows in which row the other is not.
    if (now !== recorded) differs.push({ what: table, recorded, found: now, ...(both && inLake === recorded && firstDifference(table, kept, rows)) });
    if (inLake !== undefined && inLake !== recorded) {
      differs.push({ what: `${table} in the lake`, recorded, found: inLake, ...(both && now === recorded && firstDifference(table, rows, kept)) });
    }
    return differs;
  });
  return kept === undefined ? [...differences, { what: "rows in the lake", recorded: "orders, trades, equity", found: "gone or unreadable" }] : differences;
}

/** The first row of a table in which two results differ, and its first column that does; undefined when they are the same. */
function firstDifference(table: ResultTable, recorded: ResultRows, found: ResultRows): Omit<Difference, "what"> | undefined {
  const columns = lakeColumns[table].map(({ name }) => name);
  const [before, now] = [rowAt(table, recorded), rowAt(table, found)];
  const rows = Math.max(recorded[table].length, found[table].length);
  for (let row = 0; row < rows; row++) {
    const [a, b] = [before(row), now(row)];
    const column = columns.findIndex((_, index) => !Object.is(a?.[index], b?.[index]));
    if (column < 0) continue;
    if (a === undefined || b === undefined)
      return { row: row + 1, recorded: a === undefined ? "no such row" : a.join(" "), found: b === undefined ? "no such row" : b.join(" ") };
    return { row: row + 1, column: columns[column], recorded: a[column] ?? null, found: b[column] ?? null };
  }
  return undefined;
}

function rowAt(table: ResultTable, rows: ResultRows): (row: number) => readonly Cell[] | undefined {
  if (table !== "equity") return (row) => rows[table][row];
  const { equity } = rows;
  return (row) => (row < equity.length ? equityColumns.map((column) => equity[column][row] ?? NaN) : undefined);
}
