import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cli } from "../support/cli.ts";
import { runSql } from "../support/duckdb.ts";
import { skillFinished, started } from "../support/record.ts";
import { recordedRun } from "../support/recorded-run.ts";
import { workspace } from "../support/workspace.ts";

const sql = "SELECT action, effect, rules FROM decisions";

test("a question is answered as table, JSON, CSV and Parquet, from the argument or from stdin", async () => {
  const { dir } = workspace({ "a.txt": "a" });
  await recordedRun(dir);
  expect((await cli(dir, ["query", sql])).stdout).toBe('action     effect  rules\nskill.run  allow   ["skills/own-skills-may-run"]\n');
  expect((await cli(dir, ["query", "-", "--format", "json"], { stdin: sql })).json()).toEqual([
    { action: "skill.run", effect: "allow", rules: ["skills/own-skills-may-run"] },
  ]);
  expect((await cli(dir, ["query", sql, "--format", "csv"])).stdout).toBe('action,effect,rules\nskill.run,allow,"[""skills/own-skills-may-run""]"\n');
  expect((await cli(dir, ["query", sql, "--json"])).json()).toMatchObject({ columns: [{ name: "action", type: "VARCHAR" }, {}, {}], truncated: false });
  const { stdout, stderr } = await cli(dir, ["query", sql, "--format", "parquet", "--out", "out.parquet"]);
  expect({ stdout, stderr }).toEqual({ stdout: "", stderr: "wrote out.parquet  1 row\n" });
  expect(await runSql(":memory:", `SELECT action, effect FROM '${join(dir, "out.parquet")}'`)).toEqual([["skill.run", "allow"]]);
  await cli(dir, ["query", sql, "--out", "out.txt"]);
  expect(readFileSync(join(dir, "out.txt"), "utf8")).toContain("skill.run  allow");
  expect(statSync(join(dir, ".git/agentctl/agentctl.duckdb")).mode & 0o777).toBe(0o600);
});

test("a question asked first halts nothing", async () => {
  const { dir } = workspace({ "a.txt": "a" });
  await cli(dir, ["query", "SELECT 1"]);
  expect((await cli(dir, ["halt", "status"])).stdout).toContain("not halted");
});

test("wrong questions end with 2, slow ones with 124, each with the way on", async () => {
  const { dir } = workspace({ "a.txt": "a" });
  const unknown = await cli(dir, ["query", "SELECT * FROM decision"], { expectExit: 2 });
  expect(unknown.stderr).toContain('Table with name decision does not exist!\nDid you mean "decisions"?');
  expect((await cli(dir, ["query", "COPY runs TO 'x.csv'"], { expectExit: 2 })).stderr).toContain("error  the query is refused: only SELECT may be asked");
  expect((await cli(dir, ["query", sql, "--format", "parquet"], { expectExit: 2 })).stderr).toBe(
    "error  parquet is binary and needs a file\nmend   --out FILE\n",
  );
  const slow = "SELECT count(*) FROM range(10000000000) a, range(100000) b WHERE a.range + b.range = -1";
  expect((await cli(dir, ["query", slow, "--timeout", "300"], { expectExit: 124 })).stderr).toContain("error  the query did not end within 300 ms");
});

test("what the terminal would act on is shown, and secrets of this environment are masked again", async () => {
  const { dir } = workspace({ "a.txt": "a" });
  const { stdout } = await cli(dir, ["query", String.raw`SELECT 'canary-5f2e9c71' AS a, chr(27) || '[2J' AS b`], { env: { LATE_TOKEN: "canary-5f2e9c71" } });
  expect(stdout).toMatch(/^a +b\n«masked:LATE_TOKEN#[0-9a-f]{8}» +«U\+001B»\[2J\n$/);
});

test("the schema names every view and column", async () => {
  const { dir } = workspace({ "a.txt": "a" });
  const { stdout } = await cli(dir, ["query", "--schema"]);
  expect(
    stdout
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith(" "))
      .map((line) => line.split(" ")[0]),
  ).toEqual(
    ["events", "runs", "decisions", "skill_runs", "artifacts", "budgets", "halts"].concat(
      [
        "agent_runs",
        "subtasks",
        "model_calls",
        "tool_calls",
        "limits",
        "judgements",
        "approvals",
        "votes",
        "grants",
        "proposals",
        "proposal_votes",
        "proposal_gates",
      ],
      ["net_requests", "incidents", "notifications", "lanes", "sidecars", "improvements", "autonomy"],
      ["backtests", "metrics", "experiments", "trials", "gates", "gate_checks"],
      ["orders", "trades", "equity", "bars"],
    ),
  );
  expect(stdout).toContain("\n  rules VARCHAR[]\n");
});

test("many journals of ended runs go to the lake by themselves, and the answer is the same", async () => {
  const { dir } = workspace({ "a.txt": "a" });
  const state = await recordedRun(dir);
  const big = state.begin("r-big1");
  await big.append("run.started", started);
  for (let n = 0; n < 2300; n++) await big.append("skill.finished", { ...skillFinished, call: `c-${n}`, stderr: "log line ".repeat(1700) });
  await big.append("run.finished", { outcome: "ok", durationMs: 1 });
  big.close();
  const counted = await cli(dir, ["query", "SELECT run, count(*) n FROM events GROUP BY run ORDER BY run", "--format", "json"]);
  expect(counted.json()).toEqual([
    { run: "r-abc1", n: 4 },
    { run: "r-big1", n: 2302 },
  ]);
  const open = readdirSync(join(dir, ".git/agentctl/journal")).filter((name) => /^r-.*\.jsonl$/.test(name));
  expect(open).toEqual([]);
  await cli(dir, ["audit", "verify"]);
});
