import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { backtestStrategy, type BacktestStrategyResult } from "../../src/operations/backtest-strategy.ts";
import { compareBacktests } from "../../src/operations/compare-backtests.ts";
import { findBacktest } from "../../src/operations/find-backtest.ts";
import { listBacktests } from "../../src/operations/list-backtests.ts";
import { readyStrategy } from "../../src/operations/ready-strategy.ts";
import { reproduceBacktest } from "../../src/operations/reproduce-backtest.ts";
import { showBacktest } from "../../src/operations/show-backtest.ts";
import { sliceBars } from "../../src/strategy/bars.ts";
import { ask } from "../../src/trace/ask.ts";
import { writeBars } from "../../src/trace/bar-lake.ts";
import { blobPath } from "../../src/trace/blobs.ts";
import { resultPath } from "../../src/trace/result-lake.ts";
import { runSql } from "../support/duckdb.ts";
import { recordState, started } from "../support/record.ts";
import { recordsOf } from "../support/skills.ts";
import { smaCross, strategyWorkspace } from "../support/strategies.ts";
import type { TestWorkspace } from "../support/workspace.ts";

const env = {};
const stateOf = (dir: string): string => join(dir, ".git/agentctl");
const backtest = (
  dir: string,
  parameters: Record<string, string> = {},
  more: { name?: string; from?: string; to?: string } = {},
): Promise<BacktestStrategyResult> => backtestStrategy({ cwd: dir, env, name: "sma-cross", parameters, ...more });
const run = async (...asked: Parameters<typeof backtest>): Promise<NonNullable<BacktestStrategyResult["backtest"]>> => {
  const { backtest: summary } = await backtest(...asked);
  if (summary === undefined) throw new Error("it did not start");
  return summary;
};
const reproduce = (dir: string, id: string): ReturnType<typeof reproduceBacktest> => reproduceBacktest({ cwd: dir, env, backtest: id });

describe("what is on record", () => {
  const { dir } = strategyWorkspace();

  test("everything it depends on is there before its end, with the decision that allowed it", async () => {
    const summary = await run(dir, { fast: "20" });
    const records = recordsOf(dir).find((each) => each.some(({ data }) => data["backtest"] === summary.backtest))!;
    expect(records.map(({ kind }) => kind)).toEqual([
      "run.started",
      "decision.made",
      "budget.reserved",
      "backtest.started",
      "backtest.finished",
      "budget.settled",
      "run.finished",
    ]);
    expect(records[1]?.data).toMatchObject({
      effect: "allow",
      request: {
        action: "backtest.run",
        class: "B",
        args: { strategy: "sma-cross", committed: true, data: ["sp500-daily"], parameters: { fast: 20, slow: 30 } },
      },
    });
    expect(records[3]?.data).toMatchObject({
      strategy: "sma-cross",
      committed: true,
      parameters: { fast: 20, slow: 30 },
      engine: 1,
      seed: 0,
      decision: records[1]?.data["id"],
      files: [{ path: "sma-cross/strategy.yaml" }],
      data: [{ name: "sp500-daily", rows: 5105, from: "2000-01-03T00:00:00.000Z", to: "2020-04-17T00:00:00.000Z" }],
    });
    expect(summary.trades).toBeGreaterThan(30);
    expect(records[4]?.data).toMatchObject({ outcome: "ok", trades: summary.trades, ...summary.digests });
    expect(summary.warnings).toEqual([]);
    const rows = await ask(stateOf(dir), `SELECT count(*), count(DISTINCT identity), sum(profit) > -1e9 FROM trades WHERE backtest = '${summary.backtest}'`);
    expect(rows.rows).toEqual([[summary.trades, 1, true]]);
  });

  test("variants are counted, not repetitions; a window is no variant, a parameter is", async () => {
    const one = await run(dir);
    const again = await run(dir);
    const window = await run(dir, {}, { from: "2010-01-01", to: "2015-12-31" });
    expect([again.identity, again.digests]).toEqual([one.identity, one.digests]);
    expect({ identity: window.identity === one.identity, variant: window.variant === one.variant }).toEqual({ identity: false, variant: true });
    expect(window.data[0]).toMatchObject({ to: "2015-12-31T00:00:00.000Z", sha256: one.data[0]?.sha256 });
    const first = await ask(stateOf(dir), `SELECT min(ts)::DATE, max(ts)::DATE FROM equity WHERE backtest = '${window.backtest}'`);
    expect(first.rows).toEqual([["2010-01-05", "2016-01-01"]]);
    const tried = await ask(stateOf(dir), "SELECT count(DISTINCT variant), count(*), count(DISTINCT backtest) FROM trials");
    expect(tried.rows[0]?.map(Number)).toEqual([2, 4, 4]);
  });

  test("the list, one of them, and two side by side", async () => {
    const list = await listBacktests({ cwd: dir, env, limit: 2 });
    expect(list).toHaveLength(2);
    expect(list[0]).toMatchObject({ strategy: "sma-cross", outcome: "ok", data: ["sp500-daily"], committed: true });
    expect(list[0]!.started >= list[1]!.started).toBe(true);
    expect(await listBacktests({ cwd: dir, env, limit: 9, strategy: "it's" })).toEqual([]);
    const all = await listBacktests({ cwd: dir, env, limit: 9 });
    const [slow, fast] = [all.find(({ parameters }) => parameters["fast"] === 10)!, all.find(({ parameters }) => parameters["fast"] === 20)!];
    const shown = await showBacktest({ cwd: dir, env, backtest: slow.backtest.slice(0, 8), trades: 3 });
    expect(shown).toMatchObject({ backtest: slow.backtest, refused: {}, finished: { outcome: "ok" }, version: "0.1.0" });
    expect(shown.firstTrades.map(({ market, side }) => [market, side])).toEqual(Array.from({ length: 3 }, () => ["sp500-daily", "long"]));
    const compared = await compareBacktests({ cwd: dir, env, backtests: [slow.backtest, fast.backtest] });
    expect(compared.differs).toContainEqual({ what: "parameter fast", values: [10, 20] });
    expect(compared.differs.map(({ what }) => what)).not.toContain("digest");
    expect(compared).toMatchObject({ sameIdentity: false, sameResult: false });
    expect(compared.metrics.find(({ what }) => what === "sharpe")?.values).toEqual([slow.sharpe, fast.sharpe]);
    await expect(findBacktest(stateOf(dir), "bt-")).rejects.toMatchObject({ code: "backtest/ambiguous", exit: "usage" });
    await expect(findBacktest(stateOf(dir), "bt-none")).rejects.toMatchObject({ code: "backtest/unknown", exit: "usage" });
    await expect(findBacktest(stateOf(dir), "")).rejects.toMatchObject({ code: "backtest/unknown" });
  });

  test("what cannot be asked is refused by name before a run is there", async () => {
    const runs = recordsOf(dir).length;
    await expect(backtest(dir, { fast: "99" })).rejects.toMatchObject({ exit: "usage", message: expect.stringMatching(/fast .*99.* 60/) as string });
    await expect(backtest(dir, { quick: "9" })).rejects.toMatchObject({ exit: "usage", message: expect.stringContaining("quick") as string });
    await expect(backtest(dir, { fast: "50", slow: "40" })).rejects.toMatchObject({
      code: "strategy/bad-parameter",
      message: expect.stringContaining("fast < slow") as string,
    });
    await expect(backtest(dir, {}, { name: "sma-crost" })).rejects.toMatchObject({
      code: "strategy/unknown",
      hint: expect.stringContaining("did you mean sma-cross") as string,
    });
    await expect(backtest(dir, {}, { from: "2020-02-31" })).rejects.toMatchObject({
      code: "backtest/bad-date",
      message: '--from is "2020-02-31", which is no date',
    });
    await expect(backtest(dir, {}, { from: "2031-01-01" })).rejects.toMatchObject({
      code: "backtest/no-bars",
      message: expect.stringContaining("2020-04-17") as string,
    });
    await expect(backtest(dir, {}, { to: "1999-12-31" })).rejects.toMatchObject({ code: "backtest/no-bars" });
    expect(recordsOf(dir)).toHaveLength(runs);
  });
});

describe("what is worth a warning", () => {
  const strategies = { ...smaCross(), ...smaCross("idle", { signals: { enterLong: "close > 1e9", exitLong: "close < 0" } }) };
  const free = smaCross("free", { costs: { taker: 0 }, fill: "this-close" });

  test("no trades, no costs, a fill that nobody gets, files that are not committed", async () => {
    const { dir, write } = strategyWorkspace({ ...strategies, ...free });
    expect((await run(dir, {}, { name: "idle" })).warnings).toEqual(["no trades: nothing was bought or sold; that is neither a gain nor a pass"]);
    expect((await run(dir, {}, { name: "free" })).warnings).toEqual([
      "no costs are set: what it earns may be what costs would take",
      "orders fill at the very close that they were decided on, which nobody can do",
    ]);
    write({ "strategies/idle/notes.txt": "more\n" });
    expect((await run(dir, {}, { name: "idle" })).warnings).toHaveLength(2);
    write({ "strategies/sma-cross/README.md": "other words\n", "strategies/sma-cross/tests/a.test.ts": "" });
    expect((await run(dir)).committed).toBe(true);
  });

  test("a strategy that fails is on record with its reason", async () => {
    const { dir } = strategyWorkspace(smaCross("sma-cross", { account: { currency: "USD", cash: 1e14, decimals: 2 } }));
    const result = await backtest(dir).catch((error: unknown) => error as Error);
    if (result instanceof Error) throw result;
    expect(result).toMatchObject({ outcome: "failed", backtest: { outcome: "failed", metrics: null, digests: null } });
    expect(result.backtest?.why).toContain("decimals");
    expect(await listBacktests({ cwd: dir, env, limit: 1 })).toMatchObject([{ outcome: "failed", trades: null }]);
    expect((await reproduce(dir, result.backtest!.backtest)).verdict).toBe("identical");
    expect((await ask(stateOf(dir), "SELECT count(*) FROM equity")).rows).toEqual([[0]]);
  });
});

describe("reproduced from its record", () => {
  test("the committed files count, whatever lies on disk; nothing is checked out", async () => {
    const { dir, write, commit, git } = strategyWorkspace();
    const summary = await run(dir);
    write(smaCross("sma-cross", { sizing: { kind: "equity", share: 0.5 } }));
    commit("another size");
    rmSync(join(dir, "strategies"), { recursive: true });
    const again = await reproduce(dir, summary.backtest);
    expect(again).toMatchObject({ verdict: "identical", differences: [], missing: [], identity: summary.identity, digests: summary.digests });
    expect(existsSync(join(dir, "strategies"))).toBe(false);
    expect(git("status", "--short")).toBe(" D strategies/sma-cross/README.md\n D strategies/sma-cross/strategy.yaml".trim());
    expect(await listBacktests({ cwd: dir, env, limit: 1 })).toMatchObject([{ backtest: again.again, purpose: `reproduce ${summary.backtest}` }]);
  });

  test("files that no commit holds are kept; when they are gone, it says which", async () => {
    const { dir, write } = strategyWorkspace();
    write(smaCross("sma-cross", { sizing: { kind: "equity", share: 0.5 } }));
    const summary = await run(dir);
    expect(summary.committed).toBe(false);
    rmSync(join(dir, "strategies/sma-cross/strategy.yaml"));
    expect((await reproduce(dir, summary.backtest)).verdict).toBe("identical");
    const { started: recorded } = await findBacktest(stateOf(dir), summary.backtest);
    const digest = recorded.files[0]!.sha256;
    writeFileSync(blobPath(stateOf(dir), digest), "other bytes");
    expect(await reproduce(dir, summary.backtest)).toMatchObject({
      verdict: "not-rebuilt",
      missing: [{ part: "files", found: `strategies/sma-cross/strategy.yaml with sha256 ${digest.slice(0, 12)}… is not among the kept bytes` }],
    });
  });

  test("a row of the lake that was changed is named, and so is a file that is gone", async () => {
    const { dir } = strategyWorkspace();
    const summary = await run(dir);
    const path = resultPath(stateOf(dir), "trades", summary.backtest);
    await runSql(
      ":memory:",
      `COPY (SELECT * REPLACE (CASE WHEN entry_order = 3 THEN profit + 1000 ELSE profit END AS profit) FROM '${path}') TO '${path}.new' (FORMAT parquet)`,
    );
    rmSync(path);
    writeFileSync(path, (await import("node:fs")).readFileSync(`${path}.new`));
    rmSync(`${path}.new`);
    const changed = await reproduce(dir, summary.backtest);
    expect(changed).toMatchObject({ verdict: "differs", differences: [{ what: "trades in the lake", row: 2, column: "profit" }] });
    expect(Number(changed.differences[0]?.found) - Number(changed.differences[0]?.recorded)).toBeCloseTo(1000, 6);
    rmSync(path);
    expect((await reproduce(dir, summary.backtest)).differences).toEqual([
      { what: "rows in the lake", recorded: "orders, trades, equity", found: "gone or unreadable" },
    ]);
  });

  test("bars that are gone, or are others, are no bars", async () => {
    const { dir, write } = strategyWorkspace();
    const summary = await run(dir);
    const lake = join(stateOf(dir), "lake/bars/sp500-daily");
    const digest = summary.data[0]!.sha256;
    // Those of the data set as it is now are others; the former ones are still known by their digest.
    const { data } = await readyStrategy({ cwd: dir, env, name: "sma-cross" });
    await writeBars(stateOf(dir), "sp500-daily", { sha256: "0".repeat(64) }, sliceBars(data[0]!.bars, 0, 10));
    expect((await reproduce(dir, summary.backtest)).verdict).toBe("identical");
    rmSync(join(lake, "old"), { recursive: true });
    writeFileSync(join(lake, `${digest}.parquet`), "no Parquet");
    expect(await reproduce(dir, summary.backtest)).toMatchObject({
      verdict: "not-rebuilt",
      missing: [{ part: "data", found: expect.stringContaining("not what their name says") as string, mend: "agentctl data verify sp500-daily" }],
    });
    // Gone, they are made again from the file that the data set names, while it is that file.
    rmSync(lake, { recursive: true });
    expect((await reproduce(dir, summary.backtest)).verdict).toBe("identical");
    rmSync(lake, { recursive: true });
    write({ "skills/market-stats/assets/sp500-daily.csv": "date,open,high,low,close,adjclose,volume\n" });
    expect(await reproduce(dir, summary.backtest)).toMatchObject({
      verdict: "not-rebuilt",
      missing: [{ part: "data", found: expect.stringContaining(`data sp500-daily: bars with sha256 ${digest.slice(0, 12)}… are not here`) as string }],
    });
  });

  test("another engine, another image, an end that never came, another result: each is said, none is passed over", async () => {
    const { dir } = strategyWorkspace();
    const summary = await run(dir);
    const { started: recorded, finished } = await findBacktest(stateOf(dir), summary.backtest);
    const state = recordState({ stateDir: stateOf(dir) });
    const journal = state.begin("r-forged");
    await journal.append("run.started", started);
    await journal.append("backtest.started", { ...recorded, backtest: "bt-engine", engine: 0 });
    await journal.append("backtest.finished", { ...finished!, backtest: "bt-engine" });
    await journal.append("backtest.started", { ...recorded, backtest: "bt-image", image: "sha256:abc" });
    await journal.append("backtest.finished", { ...finished!, backtest: "bt-image" });
    await journal.append("backtest.started", { ...recorded, backtest: "bt-open" });
    await journal.append("backtest.started", { ...recorded, backtest: "bt-other" });
    await journal.append("backtest.finished", {
      ...finished!,
      backtest: "bt-other",
      ordersSha256: "0".repeat(64),
      metrics: { ...finished!.metrics, sharpe: 9 },
    });
    await journal.append("run.finished", { outcome: "ok", durationMs: 1 });
    journal.close();
    const verdicts = await Promise.all(["bt-engine", "bt-open"].map((id) => reproduce(dir, id)));
    expect(verdicts.map(({ verdict, missing }) => [verdict, missing.map(({ part }) => part)])).toEqual([
      ["not-rebuilt", ["engine"]],
      ["not-rebuilt", ["result"]],
    ]);
    expect(verdicts[0]?.missing[0]).toMatchObject({
      found: "it was traded by engine 0, of agentctl 0.1.0; this is engine 1",
      mend: expect.stringContaining("agentctl 0.1.0") as string,
    });
    expect(await reproduce(dir, "bt-image")).toMatchObject({ verdict: "not-rebuilt", missing: [{ part: "image" }] });
    const other = await reproduce(dir, "bt-other");
    expect(other.differences.map(({ what }) => what)).toEqual(["orders", "rows in the lake", "metric sharpe"]);
    expect(other.verdict).toBe("differs");
  });
});

test("the identity covers what a strategy includes", async () => {
  const { dir, write, commit } = strategyWorkspace({ ...smaCross("sma-cross", { include: ["shared"] }), "strategies/shared/rules.txt": "one\n" });
  const ready = (): ReturnType<typeof readyStrategy> => readyStrategy({ cwd: dir, env, name: "sma-cross" });
  const before = await ready();
  expect(before.files.map(({ path }) => path)).toEqual(["shared/rules.txt", "sma-cross/strategy.yaml"]);
  expect(before.committed).toBe(true);
  write({ "strategies/shared/rules.txt": "two\n" });
  const edited = await ready();
  expect([edited.committed, edited.digest === before.digest]).toEqual([false, false]);
  commit();
  expect((await ready()).committed).toBe(true);
  rmSync(join(dir, "strategies/shared"), { recursive: true });
  await expect(ready()).rejects.toMatchObject({ code: "strategy/broken", message: expect.stringContaining("there is no strategies/shared") as string });
});

describe("what dies or cannot write", () => {
  const script = fileURLToPath(new URL("../support/killed-backtest.ts", import.meta.url));
  const killed = async (dir: string, when: string): Promise<string | undefined> => {
    const outcome = await promisify(execFile)(process.execPath, [script, dir, "sma-cross", when], { env: { PATH: process.env["PATH"] ?? "" } }).catch(
      (error: unknown) => error,
    );
    return (outcome as { signal?: string }).signal;
  };

  test("a process that is killed leaves an unfinished backtest, and nothing of it in the views", async () => {
    const { dir } = strategyWorkspace();
    expect([await killed(dir, "trading"), await killed(dir, "writing")]).toEqual(["SIGKILL", "SIGKILL"]);
    const left = readdirSync(join(stateOf(dir), "lake/backtests/trades")).filter((name) => name.startsWith("bt-"));
    expect(left).toHaveLength(1);
    const summary = await run(dir);
    const list = await listBacktests({ cwd: dir, env, limit: 9 });
    expect(list.map(({ outcome }) => outcome)).toEqual(["ok", null, null]);
    expect((await ask(stateOf(dir), "SELECT DISTINCT backtest FROM trades")).rows).toEqual([[summary.backtest]]);
    expect((await ask(stateOf(dir), "SELECT outcome FROM runs ORDER BY started")).rows).toEqual([["interrupted"], ["interrupted"], ["ok"]]);
    // They count as tried all the same: of the same variant, so as one.
    expect((await ask(stateOf(dir), "SELECT count(DISTINCT variant), count(*) FROM trials")).rows[0]?.map(Number)).toEqual([1, 3]);
    expect(await showBacktest({ cwd: dir, env, backtest: list[1]!.backtest, trades: 5 })).toMatchObject({
      finished: null,
      firstTrades: [],
      warnings: ["it never came to its end: there is no result"],
    });
  });

  test("a lake that cannot be written is an error; what was there stays, and the next one works", async () => {
    const { dir }: TestWorkspace = strategyWorkspace();
    const first = await run(dir);
    const folder = join(stateOf(dir), "lake/backtests/equity");
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "");
    await expect(backtest(dir)).rejects.toMatchObject({ code: "trace/unwritable" });
    rmSync(folder);
    mkdirSync(folder);
    expect((await run(dir)).outcome).toBe("ok");
    const list = await listBacktests({ cwd: dir, env, limit: 9 });
    expect(list.map(({ outcome }) => outcome)).toEqual(["ok", null, "ok"]);
    expect((await ask(stateOf(dir), "SELECT count(DISTINCT backtest) FROM trades")).rows).toEqual([[2]]);
    expect((await reproduce(dir, first.backtest)).verdict).toBe("differs");
  });
});
