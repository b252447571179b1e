import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { finishRun } from "../../../src/ledger/runs.ts";
import { cli } from "../../support/cli.ts";
import { recordedRun } from "../../support/recorded-run.ts";
import { workspace } from "../../support/workspace.ts";

test("without runs there is nothing to list, and nothing is made", async () => {
  const { dir } = workspace({ "a.txt": "a" });
  const { stdout, stderr } = await cli(dir, ["run"]);
  expect({ stdout, stderr }).toEqual({ stdout: "", stderr: "no runs yet\n" });
  expect(() => readFileSync(join(dir, ".git/agentctl/ledger.db"))).toThrow("ENOENT");
});

test("list and show: who asked, what was decided by which rule, what came out and where it is", async () => {
  const { dir } = workspace({ "a.txt": "a" });
  const { ledger } = await recordedRun(dir);
  finishRun(ledger, "r-abc1", "ok", "2026-11-21T12:00:02.500Z");
  await recordedRun(dir, "r-xyz2", "denied");
  const { stdout: list } = await cli(dir, ["run"]);
  expect(list.split("\n").slice(0, 3)).toEqual([
    "run     started              outcome  took   actor  command",
    "r-xyz2  2026-11-21 12:00:00  running         ada    skill run market-stats",
    "r-abc1  2026-11-21 12:00:00  ok       2.5 s  ada    skill run market-stats",
  ]);
  expect((await cli(dir, ["run", "--outcome", "ok", "--json"])).json()).toMatchObject([{ run: "r-abc1", outcome: "ok", durationMs: 2500 }]);

  const { stdout: shown } = await cli(dir, ["run", "show", "abc"]);
  expect(shown.replaceAll(dir, "DIR")).toMatchInlineSnapshot(`
    "run r-abc1  ok  900 ms  4 records
      2026-11-21 12:00:01  run.started     person ada asked: skill run market-stats  (commit aaaaaaaa, policy bbbbbbbb)
      +1.0 s               decision.made   allow  skill.run market-stats  rule skills/own-skills-may-run  own skills may run
      +2.0 s               skill.finished  market-stats  ok  exit 0  413 ms  1 artifact
      +3.0 s               run.finished    ok  900 ms
    artifacts
      drawdown.png  9  sha256:92b2fa58028958317e408bd84ecfa70f5ee35b121991dbc232c49d166353708b  DIR/.git/agentctl/blobs/92b2fa58028958317e408bd84ecfa70f5ee35b121991dbc232c49d166353708b
    "
  `);
});

test("events are the records, line by line, and end where one does not fit", async () => {
  const { dir } = workspace({ "a.txt": "a" });
  await recordedRun(dir);
  const path = join(dir, ".git/agentctl/journal/r-abc1.jsonl");
  const text = readFileSync(path, "utf8");
  expect((await cli(dir, ["run", "events", "r-abc1"])).stdout.split("\n").map((line) => line && (JSON.parse(line) as { seq: number }).seq)).toEqual([
    0,
    1,
    2,
    3,
    "",
  ]);
  expect((await cli(dir, ["run", "events", "r-abc1", "--kind", "decision.made", "--json"])).json()).toMatchObject([{ seq: 1, data: { effect: "allow" } }]);
  writeFileSync(path, text.replace("own skills may run", "own skills may win"));
  const { stdout, stderr } = await cli(dir, ["run", "events", "r-abc1"], { expectExit: 7 });
  expect(stdout.split("\n")).toHaveLength(2);
  expect(stderr).toContain("journal/r-abc1.jsonl:2 is not the record 1 that was written");
});

test("follow ends with the run", async () => {
  const { dir } = workspace({ "a.txt": "a" });
  await recordedRun(dir);
  const path = join(dir, ".git/agentctl/journal/r-abc1.jsonl");
  const lines = readFileSync(path, "utf8").split("\n");
  writeFileSync(path, `${lines[0]}\n${lines[1]}\n${lines[2]?.slice(0, 20)}`);
  const following = cli(dir, ["run", "events", "r-abc1", "--follow"]);
  setTimeout(() => appendFileSync(path, `${lines[2]?.slice(20)}\n${lines[3]}\n`), 1200);
  expect((await following).stdout.trim().split("\n")).toEqual(lines.slice(0, 4));
});

test("an unknown run is answered with the nearest one", async () => {
  const { dir } = workspace({ "a.txt": "a" });
  await recordedRun(dir);
  const { stderr } = await cli(dir, ["run", "show", "r-abd1"], { expectExit: 2 });
  expect(stderr).toBe('error  there is no run "r-abd1"\nmend   did you mean r-abc1?\n');
  const { stderr: hostile } = await cli(dir, ["run", "show", "../../etc/passwd"], { expectExit: 2 });
  expect(hostile).toContain('there is no run "../../etc/passwd"');
});

test("a ledger that cannot be read stops the list and says what to do", async () => {
  const { dir } = workspace({ "a.txt": "a" });
  const { ledger } = await recordedRun(dir);
  ledger.close();
  writeFileSync(join(dir, ".git/agentctl/ledger.db"), "not a database, but long enough to look at".repeat(20));
  const { stderr } = await cli(dir, ["run"], { expectExit: 1 });
  expect(stderr).toMatch(/^error {2}.*ledger\.db cannot be used: file is not a database\nmend {3}agentctl audit verify/);
  const { stdout } = await cli(dir, ["audit", "verify"], { expectExit: 7 });
  expect(stdout).toMatch(/^fault {2}unreadable-ledger {2}ledger\.db/);
  expect(stdout).toContain("1 fault  1 run · 4 records · 1 bodies and artifacts");
});
