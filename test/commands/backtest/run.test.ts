import { expect, test } from "vitest";
import type { BacktestRow } from "../../../src/operations/list-backtests.ts";
import { cli } from "../../support/cli.ts";
import { recordsOf } from "../../support/skills.ts";
import { smaCross, strategyWorkspace } from "../../support/strategies.ts";

test("run, list, show, compare, query, reproduce: one backtest from end to end, and not a word on stdout that is no data", async () => {
  const { dir } = strategyWorkspace();
  const ran = await cli(dir, ["backtest", "run", "sma-cross", "--param", "fast=20"]);
  const [, trades, id = ""] =
    /^5075 bars · (\d+) trades · cagr -?[\d.]+ % · sharpe -?[\d.]+ · max drawdown [\d.]+ % {3}(bt-[0-9a-z]{10}) {2}[\d.]+ m?s\n$/.exec(ran.stdout) ?? [];
  expect(id, ran.stdout).toMatch(/^bt-/);
  expect(ran.stderr).toMatch(/^run r-\w+ {2}policy [0-9a-f]{7} {2}rule baseline\/people-may-work\nnext {7}agentctl backtest report bt-/);
  const other = (await cli(dir, ["backtest", "run", "sma-cross", "--json"])).json() as { backtest: { backtest: string; trades: number } };

  const list = await cli(dir, ["backtest", "--strategy", "sma-cross"]);
  expect(list.stdout.split("\n").map((line) => line.split(/ +/)[0])).toEqual(["backtest", other.backtest.backtest, id, ""]);
  expect(list.stdout).toContain("fast=20 slow=30");

  const shown = await cli(dir, ["backtest", "show", id.slice(0, 9), "--trades", "1"]);
  expect(shown.stdout).toContain(`backtest    ${id}  ok  `);
  expect(shown.stdout).toContain("\n  5075 bars traded over, 30 before them to warm up\n");
  expect(shown.stdout).toMatch(/\n {2}maxDrawdown +[\d.]+ % +How far equity fell/);
  expect(shown.stdout).toMatch(/\nfirst trades\n {2}market +side .*\n {2}sp500-daily {2}long .*\n$/);
  expect(shown.stderr).toBe(`next       agentctl backtest reproduce ${id}     agentctl backtest report ${id}\n`);

  const compared = await cli(dir, ["backtest", "compare", id, other.backtest.backtest]);
  expect(compared.stdout).toMatch(/\nparameter fast +20 +10\n/);
  expect(compared.stdout).not.toContain("digest");
  expect(compared.stdout).toMatch(/\n\ndifferent identities, different results\n$/);

  const sql =
    "SELECT b.backtest, b.trades, count(*)::INTEGER AS counted FROM backtests b JOIN trades t USING (backtest, identity) GROUP BY ALL ORDER BY min(b.started)";
  expect((await cli(dir, ["query", sql, "--format", "json"])).json()).toEqual([
    { backtest: id, trades: Number(trades), counted: Number(trades) },
    { backtest: other.backtest.backtest, trades: other.backtest.trades, counted: other.backtest.trades },
  ]);

  const again = await cli(dir, ["backtest", "reproduce", id]);
  expect(again.stdout).toMatch(
    /^identical {2}orders sha256:\w{12}… {2}trades sha256:\w{12}… {2}equity sha256:\w{12}… {3}\(commit \w{7}, data sp500-daily \w{7}…, engine 1, seed 0\)\n$/,
  );
  await cli(dir, ["audit", "verify"]);
  const rows = (await cli(dir, ["backtest", "--json"])).json() as BacktestRow[];
  expect(rows.map(({ purpose }) => purpose)).toEqual([`reproduce ${id}`, null, null]);
});

test("what policy denies does not start, and is explained", async () => {
  const rules = [
    "name: no-sweeps",
    "description: test",
    "rules:",
    "  - id: not-on-sma",
    "    effect: deny",
    "    match: { action: [backtest.run] }",
    "    when: args.strategy == 'sma-cross' && args.parameters.fast == 20",
    "    reason: fast is 20",
    "    examples:",
    "      match: [{ action: backtest.run, args: { strategy: sma-cross, parameters: { fast: 20 } } }]",
    "      differ: [{ action: backtest.run, args: { strategy: sma-cross, parameters: { fast: 10 } } }]",
    "",
  ].join("\n");
  const cases = "- name: any\n  request: { action: backtest.run, args: { strategy: sma-cross, parameters: { fast: 20 } } }\n  effect: deny\n";
  const { dir } = strategyWorkspace({ ...smaCross(), "policies/no-sweeps/policy.yaml": rules, "policies/no-sweeps/cases.yaml": cases });
  const denied = await cli(dir, ["backtest", "run", "sma-cross", "--param", "fast=20"], { expectExit: 3 });
  expect(denied.stdout).toBe("");
  expect(denied.stderr).toContain("deny       no-sweeps/not-on-sma     policies/no-sweeps/policy.yaml:4\nwhy        fast is 20\n");
  expect(denied.stderr).toMatch(/next {7}agentctl policy explain d-\w+\n$/);
  expect(recordsOf(dir)[0]?.map(({ kind }) => kind)).toEqual(["run.started", "decision.made", "run.finished"]);
  await cli(dir, ["backtest", "run", "sma-cross"]);
});

test("a strategy that fails ends with 1, wrong words with 2, both with the way on", async () => {
  const { dir } = strategyWorkspace({ ...smaCross(), ...smaCross("rich", { account: { currency: "USD", cash: 1e14, decimals: 2 } }) });
  const failed = await cli(dir, ["backtest", "run", "rich"], { expectExit: 1 });
  expect(failed.stdout).toBe("");
  expect(failed.stderr).toMatch(/\nfailed {2}.*account\.decimals.*\non record {2}bt-\w+ {5}agentctl backtest show bt-\w+\n$/);
  const wrong: [string[], RegExp][] = [
    [["run", "sma-cross", "--param", "fast"], /--param is "fast", which is no name=value\nmend {3}--param fast=10/],
    [["run", "sma-cross", "--param", "fast=9", "--param", "fast=8"], /--param names fast twice/],
    [["show", "bt-none"], /there is no backtest "bt-none"/],
    [["compare", "bt-a"], /SECOND/],
  ];
  for (const [words, said] of wrong) expect((await cli(dir, ["backtest", ...words], { expectExit: 2 })).stderr).toMatch(said);
});

test("a clone, which has nothing of the record, says where it stayed", async () => {
  const { dir } = strategyWorkspace();
  const { stderr } = await cli(dir, ["backtest", "reproduce", "bt-elsewhere"], { expectExit: 2 });
  expect(stderr).toContain('there is no backtest "bt-elsewhere"\nmend   none is on record here: the record stays in the clone that made it');
});

test("two processes at once do not disturb each other", async () => {
  const { dir } = strategyWorkspace();
  const ran = await Promise.all(["10", "20", "25"].map((fast) => cli(dir, ["backtest", "run", "sma-cross", "--param", `fast=${fast}`, "--json"])));
  const ids = ran.map((answer) => (answer.json() as { backtest: { backtest: string } }).backtest.backtest);
  const counted = await cli(dir, [
    "query",
    "SELECT count(DISTINCT backtest)::INTEGER AS n, count(DISTINCT identity)::INTEGER AS i FROM equity",
    "--format",
    "json",
  ]);
  expect(counted.json()).toEqual([{ n: 3, i: 3 }]);
  const verdicts = await Promise.all(ids.map((id) => cli(dir, ["backtest", "reproduce", id])));
  expect(verdicts.map(({ stdout }) => stdout.split(" ")[0])).toEqual(["identical", "identical", "identical"]);
  await cli(dir, ["audit", "verify"]);
});
