import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Order, Trade } from "../../src/backtest/backtest.ts";
import { digestsOf } from "../../src/backtest/digests.ts";
import { itemOf, orderColumns, rowOf, tradeColumns, type Cell, type RowColumn } from "../../src/backtest/rows.ts";
import { readResults, resultPath, writeResults } from "../../src/trace/result-lake.ts";
import { resultTables } from "../../src/trace/result-tables.ts";
import { folder } from "../support/workspace.ts";
import { runSql } from "../support/duckdb.ts";

const of = { backtest: "bt-1", identity: "i".repeat(64) };
const markets = ["sp500-daily", "it's"];

const number = fc.double({ noNaN: false });
const time = fc.integer({ min: 0, max: 4e12 });
const cell = ({ name, type }: RowColumn<never>): fc.Arbitrary<unknown> => {
  if (name === "market") return fc.constantFrom(0, 1);
  if (type === "VARCHAR") return fc.string({ unit: "binary", maxLength: 12 }).filter((text) => !text.includes("\0"));
  if (type === "BOOLEAN") return fc.boolean();
  if (type === "TIMESTAMP") return fc.oneof(time, fc.constant(NaN));
  return type === "INTEGER" ? fc.integer({ min: -1, max: 2 ** 31 - 1 }) : number;
};
const items = <T>(columns: readonly RowColumn<T>[]): fc.Arbitrary<T[]> =>
  fc.array(fc.record(Object.fromEntries(columns.map((column) => [column.key, cell(column as RowColumn<never>)]))), { maxLength: 4 }) as fc.Arbitrary<T[]>;

test("what is written comes back with the same digests, whatever it is", async () => {
  const stateDir = join(folder(), "it's [a] state*");
  await fc.assert(
    fc.asyncProperty(
      items<Order>(orderColumns),
      items<Trade>(tradeColumns),
      fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 5 }),
      async (orders, trades, values) => {
        const curve = Float64Array.from(values);
        const equity = { length: values.length, ts: Float64Array.from(values, (_, row) => 86_400_000 * row), equity: curve, exposure: curve.toReversed() };
        const rows = {
          orders: orders.map((order) => rowOf(orderColumns, order, markets)),
          trades: trades.map((trade) => rowOf(tradeColumns, trade, markets)),
          equity,
        };
        await writeResults(stateDir, of, rows);
        const read = await readResults(stateDir, "bt-1");
        expect(read).toEqual(rows);
        expect(digestsOf(read!)).toEqual(digestsOf(rows));
        for (const [index, row] of read!.trades.entries()) {
          expect(rowOf(tradeColumns, itemOf<Trade>(tradeColumns, row, markets), markets)).toEqual(read!.trades[index]);
        }
      },
    ),
    { numRuns: 25 },
  );
});

const noRows = { orders: [], trades: [], equity: { length: 0, ts: new Float64Array(), equity: new Float64Array(), exposure: new Float64Array() } };

test("many rows keep their order and their types; files are private", async () => {
  const stateDir = folder();
  const length = 50_000;
  const ts = Float64Array.from({ length }, (_, row) => 1_000_000_000_000 + row * 60_000);
  const trades = Array.from({ length: 5000 }, (_, row): Cell[] => [
    "m",
    "long",
    1,
    row,
    row,
    row,
    1.5,
    row + 1,
    row + 1,
    row,
    null,
    0.1,
    -0.25,
    0.01,
    "signal",
    row % 2 === 0,
  ]);
  await writeResults(stateDir, of, { ...noRows, trades, equity: { length, ts, equity: ts.map((at) => at / 3), exposure: new Float64Array(length) } });
  const read = await readResults(stateDir, "bt-1");
  expect(read?.trades).toEqual(trades);
  expect(read?.equity.ts).toEqual(ts);
  const path = resultPath(stateDir, "trades", "bt-1");
  expect(
    await runSql(":memory:", `SELECT DISTINCT backtest, length(identity), typeof(entry_ts), typeof("return"), typeof(ambiguous), exit_price FROM '${path}'`),
  ).toEqual([["bt-1", "64", "TIMESTAMP", "DOUBLE", "BOOLEAN", null]]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(path, ".."))).toEqual(["bt-1.parquet"]);
});

test("a file that is gone is no result, one that is no Parquet is named", async () => {
  const stateDir = folder();
  await writeResults(stateDir, of, noRows);
  writeFileSync(resultPath(stateDir, "orders", "bt-1"), "no Parquet");
  await expect(readResults(stateDir, "bt-1")).rejects.toMatchObject({ code: "trace/bad-results", exit: "verification" });
  rmSync(resultPath(stateDir, "orders", "bt-1"));
  expect(await readResults(stateDir, "bt-1")).toBeUndefined();
});

test("what cannot be written leaves nothing behind", async () => {
  const stateDir = folder();
  const blocked = join(stateDir, "lake/backtests/equity");
  mkdirSync(blocked, { recursive: true });
  // Root may write anywhere; a file in the folder's place stops everybody.
  rmSync(blocked, { recursive: true });
  writeFileSync(blocked, "");
  chmodSync(blocked, 0o600);
  await expect(writeResults(stateDir, of, noRows)).rejects.toMatchObject({ code: "trace/unwritable" });
  expect(resultTables.map((table) => existsSync(resultPath(stateDir, table, "bt-1")))).toEqual([false, false, false]);
});
