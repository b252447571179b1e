import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import type { BacktestStarted, ExperimentStarted, TrialsRecorded } from "../../src/event/backtest-events.ts";
import { trialMetrics } from "../../src/operations/trials-on-record.ts";
import { ask } from "../../src/trace/ask.ts";
import { ensureDatabase } from "../../src/trace/duckdb.ts";
import { writeResults } from "../../src/trace/result-lake.ts";
import { runSql } from "../support/duckdb.ts";
import { recordState, started } from "../support/record.ts";
import { folder } from "../support/workspace.ts";

const data: BacktestStarted["data"] = [
  { name: "sp500-daily", symbol: "SPX", timeframe: "1d", sha256: "d".repeat(64), rows: 5105, from: "2000-01-03T00:00:00.000Z", to: "2020-04-17T00:00:00.000Z" },
];
const backtest: BacktestStarted = {
  backtest: "bt-1",
  identity: "i".repeat(64),
  variant: "v1",
  strategy: "sma-cross",
  digest: "f".repeat(64),
  commit: "c".repeat(40),
  committed: true,
  files: [],
  parameters: { fast: 10, slow: 30 },
  settings: { fill: "next-open" },
  data,
  engine: 1,
  seed: 0,
  decision: "d-1",
};
const trial = (number: number, variant: string, window: string, sharpe: number | null): TrialsRecorded["trials"][number] => ({
  trial: number,
  variant,
  parameters: { fast: number },
  window,
  outcome: "ok",
  score: sharpe,
  metrics: { sharpe, trades: 40 + number },
});
const experiment: ExperimentStarted = { experiment: "e-1", strategy: "sma-cross", digest: "f".repeat(64), data, search: { kind: "grid" }, trials: 4, seed: 7 };
const length = 3;
const equity = { length, ts: Float64Array.of(0, 86_400_000, 172_800_000), equity: Float64Array.of(100, 110, 99), exposure: new Float64Array(length) };
const trade = ["sp500-daily", "long", 1, 1, 1, 86_400_000, 10, 2, 2, 172_800_000, 11, 0.1, 0.9, 0.09, "signal", false];

let stateDir: string;
const rows = async (sql: string): Promise<unknown> => (await ask(stateDir, sql)).rows;

beforeAll(async () => {
  const state = recordState({ stateDir: join(folder(), "it's [a] state*") });
  stateDir = state.stateDir;
  const journal = state.begin("r-one");
  await journal.append("run.started", started);
  await journal.append("backtest.started", backtest);
  await writeResults(stateDir, backtest, { orders: [], trades: [trade], equity });
  const metrics = { sharpe: 0.5, cagr: 0.03, maxDrawdown: -0.2, sortino: null };
  await journal.append("backtest.finished", { backtest: "bt-1", outcome: "ok", durationMs: 12.5, bars: 5000, orders: 2, trades: 1, ambiguous: 0, metrics });
  // One whose process was killed after its rows were written, and one that failed.
  await journal.append("backtest.started", { ...backtest, backtest: "bt-2", variant: "v2", committed: false, purpose: "reproduce bt-1" });
  await writeResults(stateDir, { ...backtest, backtest: "bt-2" }, { orders: [], trades: [trade, trade], equity });
  await journal.append("backtest.started", { ...backtest, backtest: "bt-3", variant: "v3", data: [{ ...data[0]!, name: "other" }] });
  await journal.append("backtest.finished", { backtest: "bt-3", outcome: "failed", why: "boom", durationMs: 1 });
  await journal.append("backtest.started", { ...backtest, backtest: "bt-4", variant: "v4", purpose: "gate g-1" });
  await journal.append("backtest.started", { ...backtest, backtest: "bt-5", variant: "v5", data: [{ ...data[0]!, name: "other", sha256: "0".repeat(64) }] });
  await journal.append("run.finished", { outcome: "ok", durationMs: 1 });
  journal.close();

  const sweep = state.begin("r-two");
  await sweep.append("experiment.started", experiment);
  await sweep.append("trials.recorded", { experiment: "e-1", trials: [trial(0, "v1", "all", 0.5), trial(1, "w1", "train 1/2", 0.9)] });
  await sweep.append("experiment.finished", { experiment: "e-1", outcome: "interrupted", trials: 2, durationMs: 5 });
  sweep.close();
  const resumed = state.begin("r-three");
  await resumed.append("experiment.started", { ...experiment, resumes: "r-two" });
  await resumed.append("trials.recorded", { experiment: "e-1", trials: [trial(2, "w1", "all", 0.1), trial(3, "w2", "all", null)] });
  await resumed.append("experiment.finished", { experiment: "e-1", outcome: "ok", trials: 4, durationMs: 5, best: { trial: 0 } });
  const check = { figure: 0.31, relation: "≥", threshold: 0.95, found: "0.31 after 4", meaning: "luck" } as const;
  await resumed.append("gate.finished", {
    gate: "g-1",
    strategy: "sma-cross",
    digest: "f".repeat(64),
    data,
    parameters: {},
    passed: false,
    trials: 4,
    seed: 1,
    durationMs: 9,
    checks: [
      { check: "deflated-sharpe", passed: false, ...check },
      { check: "trades", passed: true, ...check, figure: null, unit: "trades" },
    ],
  });
  resumed.close();
});

test("backtests are joined with how they ended; the killed one shows as unfinished", async () => {
  expect(
    await rows(`SELECT backtest, outcome, why, bars, trades, sharpe, cagr, max_drawdown, profit_factor, committed, data, parameters, purpose FROM backtests
      WHERE backtest <= 'bt-3' ORDER BY backtest`),
  ).toEqual([
    ["bt-1", "ok", null, 5000, 1, 0.5, 0.03, -0.2, null, true, ["sp500-daily"], { fast: 10, slow: 30 }, null],
    ["bt-2", null, null, null, null, null, null, null, null, false, ["sp500-daily"], { fast: 10, slow: 30 }, "reproduce bt-1"],
    ["bt-3", "failed", "boom", null, null, null, null, null, null, true, ["other"], { fast: 10, slow: 30 }, null],
  ]);
  expect(await rows("SELECT backtest, metric, value FROM metrics ORDER BY metric")).toEqual([
    ["bt-1", "cagr", 0.03],
    ["bt-1", "maxDrawdown", -0.2],
    ["bt-1", "sharpe", 0.5],
    ["bt-1", "sortino", null],
  ]);
});

test("rows of results show only when their end is on record", async () => {
  expect(await rows(`SELECT backtest, left(identity, 2), market, entry_ts, profit, "return", exit, ambiguous FROM trades`)).toEqual([
    ["bt-1", "ii", "sp500-daily", "1970-01-02 00:00:00", 0.9, 0.09, "signal", false],
  ]);
  expect(await rows("SELECT backtest, ts, equity, exposure FROM equity ORDER BY ts")).toEqual([
    ["bt-1", "1970-01-01 00:00:00", 100, 0],
    ["bt-1", "1970-01-02 00:00:00", 110, 0],
    ["bt-1", "1970-01-03 00:00:00", 99, 0],
  ]);
  expect(await rows("SELECT * FROM orders")).toEqual([]);
});

test("trials are those of experiments and backtests by themselves, once each also when an experiment was resumed", async () => {
  expect(
    await rows("SELECT run, experiment, trial, backtest, strategy, variant, data, window_name, outcome, score, sharpe, trades FROM trials ORDER BY ALL"),
  ).toEqual([
    ["r-one", null, null, "bt-1", "sma-cross", "v1", ["sp500-daily"], "all", "ok", null, 0.5, 1],
    ["r-one", null, null, "bt-2", "sma-cross", "v2", ["sp500-daily"], "all", null, null, null, null],
    ["r-one", null, null, "bt-3", "sma-cross", "v3", ["other"], "all", "failed", null, null, null],
    ["r-one", null, null, "bt-5", "sma-cross", "v5", ["other"], "all", null, null, null, null],
    ["r-three", "e-1", 2, null, "sma-cross", "w1", ["sp500-daily"], "all", "ok", 0.1, 0.1, 42],
    ["r-three", "e-1", 3, null, "sma-cross", "w2", ["sp500-daily"], "all", "ok", null, null, 43],
    ["r-two", "e-1", 0, null, "sma-cross", "v1", ["sp500-daily"], "all", "ok", 0.5, 0.5, 40],
    ["r-two", "e-1", 1, null, "sma-cross", "w1", ["sp500-daily"], "train 1/2", "ok", 0.9, 0.9, 41],
  ]);
  expect(await rows("SELECT run, experiment, resumes, planned, outcome, trials, best FROM experiments ORDER BY run")).toEqual([
    ["r-three", "e-1", "r-two", 4, "ok", 4, { trial: 0 }],
    ["r-two", "e-1", null, 4, "interrupted", 2, null],
  ]);
});

test("variants on record are counted by the data's name, its digest or its symbol, each once", async () => {
  // v1, v2, w1, w2 by name; v3 by digest only; v4 is the gate's own; v5 is on other data.
  const both = { names: ["sp500-daily"], digests: [data[0]!.sha256], symbols: [] };
  expect(await trialMetrics(stateDir, { names: ["sp500-daily"], digests: [], symbols: [] })).toHaveLength(4);
  expect(await trialMetrics(stateDir, { names: ["it's"], digests: [], symbols: [] })).toEqual([]);
  // v5 is of the same symbol, under another name and with other bars.
  expect(await trialMetrics(stateDir, { names: [], digests: [], symbols: [data[0]!.symbol] })).toHaveLength(6);
  expect(await trialMetrics(stateDir, both)).toEqual([
    { variant: "v1", sharpe: 0.5 },
    { variant: "v2", sharpe: null },
    { variant: "v3", sharpe: null },
    { variant: "w1", sharpe: 0.1 },
    { variant: "w2", sharpe: null },
  ]);
});

test("gates and their checks", async () => {
  expect(await rows("SELECT gate, strategy, passed, failed, trials, data FROM gates")).toEqual([
    ["g-1", "sma-cross", false, ["deflated-sharpe"], 4, ["sp500-daily"]],
  ]);
  expect(await rows("SELECT gate, check_name, passed, figure, relation, threshold, unit FROM gate_checks ORDER BY passed")).toEqual([
    ["g-1", "deflated-sharpe", false, 0.31, "≥", 0.95, null],
    ["g-1", "trades", true, null, "≥", 0.95, "trades"],
  ]);
});

test("a state that an older version made gets the new views, and another client sees them", async () => {
  const state = recordState();
  await state.whole("r-one");
  const { path } = await ensureDatabase(state.stateDir);
  expect(await runSql(path, "SELECT (SELECT count(*) FROM trades), (SELECT count(*) FROM bars), (SELECT count(*) FROM trials)")).toEqual([["0", "0", "0"]]);
  expect(existsSync(join(state.stateDir, "lake/bars/_empty/empty.parquet"))).toBe(true);
});
