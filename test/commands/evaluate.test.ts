import { readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { isoTime, systemClock } from "../../src/base/clock.ts";
import { registerRun } from "../../src/ledger/runs.ts";
import type { Evaluation } from "../../src/operations/evaluate-runs.ts";
import type { ShownStats } from "../../src/operations/show-stats.ts";
import { attempted, skillCalled } from "../support/attempts.ts";
import { cli } from "../support/cli.ts";
import { recordState } from "../support/record.ts";
import { workspace, type TestWorkspace } from "../support/workspace.ts";

let ws: TestWorkspace;
const hourMs = 3_600_000;
const nowMs = systemClock.nowMs();

beforeAll(async () => {
  ws = workspace({ "agentctl.yaml": "profile: small\n" });
  const stateDir = join(ws.dir, ".git/agentctl");
  const at = (hours: number): number => nowMs - hours * hourMs;
  await attempted(stateDir, { run: "r-old", atMs: at(24 * 60) });
  await attempted(stateDir, { run: "r-one", atMs: at(50), durationMs: 4_000 });
  await attempted(stateDir, { run: "r-two", atMs: at(49), objective: " COUNT the  rows ", outcome: "failed", model: "test/two", policy: "f" });
  await attempted(stateDir, { run: "r-three", atMs: at(48), objective: "another", outcome: "limit" });
  await attempted(stateDir, { run: "r-code", atMs: at(47), agent: "code", objective: "mend" });
  await attempted(stateDir, { run: "r-waits", atMs: at(46), outcome: "waiting" });
  await skillCalled(stateDir, { run: "r-skill1", atMs: at(20) });
  await skillCalled(stateDir, { run: "r-skill2", atMs: at(19), outcome: "failed", digest: "e6" });
  await skillCalled(stateDir, { run: "r-skill3", atMs: at(18), outcome: "failed", input: { n: 2 } });
});

test("success, regressions and incidents over time, each with its interval and what changed", async () => {
  const { stdout, json } = await cli(ws.dir, ["evaluate", "--days", "7", "--json"]);
  const evaluation = json() as Evaluation;
  expect(stdout).not.toBe("");
  expect(evaluation.periods).toHaveLength(7);
  expect(evaluation.total).toMatchObject({ runs: 8, incidents: 1, success: { hits: 3, of: 7 }, regression: { hits: 2, of: 3 }, incident: { hits: 1, of: 8 } });
  expect(evaluation.regressions).toMatchObject([
    {
      kind: "agent",
      name: "quant",
      run: "r-two",
      before: "r-one",
      changed: [
        { what: "model", from: "test/one", to: "test/two" },
        { what: "policy", from: "b".repeat(40), to: "f".repeat(40) },
      ],
    },
    { kind: "skill", name: "market-stats", run: "r-skill2", before: "r-skill1", changed: [{ what: "skill", from: "e5".repeat(32), to: "e6".repeat(32) }] },
  ]);
  expect(evaluation.incidents).toMatchObject([{ run: "r-three", incident: "limit", subject: "tokens" }]);
});

test("one agent, for people", async () => {
  const { stdout } = await cli(ws.dir, ["evaluate", "--days", "14", "--every", "week", "--agent", "quant"]);
  expect(stdout).toMatch(/^from +runs +success +regression +incident +incidents\n/);
  expect(stdout).toMatch(/^total +4 +33\.3 % of 3 \(6-80\) +50 % of 2 \(9-91\) +25 % of 4 \(4-70\) +1$/m);
  expect(stdout).toMatch(/^success +[▁▂▃▄▅▆▇█·]{2,3}$/m);
  expect(stdout).toContain("regressed  agent quant  r-two failed, r-one was ok  model test/one → test/two, policy bbbbbbbb → ffffffff");
  expect(stdout).toMatch(/^limit +1 +tokens +r-three +“5 of 5”$/m);
});

test("a threshold that is breached ends with 6; from so few nothing is proven, which only --strict holds against them", async () => {
  const few = await cli(ws.dir, ["evaluate", "--days", "7", "--agent", "code", "--min-success-rate", "0.9", "--max-incidents", "0"]);
  expect(few.stderr).toBe("unproven: too few to tell  success at least 90 %, found 100 %\nheld  incidents at most 0, found 0\n");
  await cli(ws.dir, ["evaluate", "--days", "7", "--agent", "code", "--min-success-rate", "0.9", "--strict"], { expectExit: 6 });
  const bad = await cli(ws.dir, ["evaluate", "--days", "7", "--max-regression-rate", "0.1", "--max-incident-rate", "0.9"], { expectExit: 6 });
  expect(bad.stderr).toMatch(/^breached {2}regressions at most 10 %, found 66\.7 %\nheld {2}runs with incidents at most 90 %, found 12\.5 %\n$/);
  expect((await cli(ws.dir, ["evaluate", "--min-success-rate", "90"], { expectExit: 2 })).stderr).toContain("--min-success-rate 90");
});

test("stats by agent, model, skill and command: success, tokens, cost, time", async () => {
  const { rows } = (await cli(ws.dir, ["stats", "--json"])).json() as ShownStats;
  const row = (by: string, name: string): ShownStats["rows"][number] | undefined => rows.find((each) => each.by === by && each.name === name);
  expect(row("agent", "quant")).toMatchObject({ runs: 4, success: { hits: 1, of: 3 }, inputTokens: 4000, outputTokens: 200, costUsd: 0.04, medianMs: 2000 });
  expect(row("agent", "quant")?.p95Ms).toBeGreaterThan(3000);
  expect(row("model", "test/one")).toMatchObject({ runs: 4, success: { hits: 4, of: 4 }, medianMs: 300 });
  expect(row("skill", "market-stats")).toMatchObject({ runs: 3, success: { hits: 1, of: 3 }, costUsd: null, medianMs: 400 });
  expect(row("command", "run")).toMatchObject({ runs: 5 });
  const { stdout } = await cli(ws.dir, ["stats", "--days", "90", "--by", "agent"]);
  expect(stdout.split("\n").slice(0, 2)).toEqual([
    expect.stringMatching(/^agent +runs +success +tokens +cost +median +p95$/),
    expect.stringMatching(/^quant +5 +50 % of 4 \(15-85\) +5000 \+ 250 +\$0\.05 +2\.0 s +\d\.\d s$/),
  ]);
});

test("a run whose process is gone, and a journal that was changed, are incidents", async () => {
  const other = workspace({ "agentctl.yaml": "profile: small\n" });
  const stateDir = join(other.dir, ".git/agentctl");
  await skillCalled(stateDir, { run: "r-changed", atMs: nowMs - hourMs });
  const { ledger } = recordState({ stateDir });
  const owner = { pid: 2 ** 22 - 1, processStart: "1", boot: "another", host: hostname() };
  registerRun(ledger, { run: "r-dead", command: "skill run x", actor: "ada", started: isoTime(nowMs - hourMs), owner });
  ledger.close();
  const path = join(stateDir, "journal/r-changed.jsonl");
  writeFileSync(path, readFileSync(path, "utf8").replace('"durationMs":400', '"durationMs":401'));
  const { incidents } = (await cli(other.dir, ["evaluate", "--days", "2", "--max-incidents", "0", "--json"], { expectExit: 6 })).json() as Evaluation;
  expect(incidents.map(({ run, incident }) => `${run} ${incident}`)).toEqual(expect.arrayContaining(["r-changed damaged", "r-dead interrupted"]));
});

test("a workspace in which nothing happened has nothing to show, and holds no threshold", async () => {
  const empty = workspace({ "agentctl.yaml": "profile: small\n" });
  expect((await cli(empty.dir, ["stats"])).stderr).toContain("nothing in the last 7 days");
  const { json } = await cli(empty.dir, ["evaluate", "--days", "1", "--min-success-rate", "0.5", "--json"]);
  expect(json()).toMatchObject({ total: { runs: 0, success: { share: null } }, checks: [{ verdict: "unproven" }] });
});
