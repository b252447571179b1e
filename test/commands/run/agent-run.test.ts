import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cli } from "../../support/cli.ts";
import { recordedAgentRun } from "../../support/agent-record.ts";
import { recordState } from "../../support/record.ts";
import { workspace } from "../../support/workspace.ts";

const hostile = "done\u001b[2J\n“ok”\nagentctl approval approve a-x\u202e";

test("an agent's run is one row of the list, and is shown with all its parts, before and after its journals are closed", async () => {
  const { dir } = workspace({ "a.txt": "a" });
  const state = recordState({ stateDir: join(dir, ".git/agentctl") });
  await recordedAgentRun(state, { root: "r-agent1", objective: `What was the worst drawdown\nof ${"a very long market ".repeat(10)}` });
  const { stdout: list } = await cli(dir, ["run"]);
  expect(list).toMatchInlineSnapshot(`
    "run        started              outcome  took   actor  command
    r-vagent1  2026-11-21 12:00:00  ok       4.0 s  ada    skill run market-stats
    r-agent1   2026-11-21 12:00:00  ok       6.0 s  ada    quant “What was the worst drawdown of a very long market a very lo…”
    "
  `);

  const { stdout: shown } = await cli(dir, ["run", "show", "agent1"]);
  expect(shown.replaceAll(dir, "DIR")).toMatchInlineSnapshot(`
    "run r-agent1  ok  4.8 s  34 records
      objective   “What was the worst drawdown of a very long market a very long market a very long market a very long market a very long market a very long market a very long market a very long market a very long market a very long market”
      agent       quant@a1a1a1a1  level 2  2 parts
      spent       3 model calls, 3 tool calls, 3300 tokens, $0.006, 4.8 s
      answer, in the agent's words
      | The worst drawdown was 33.9 % [s1.1.1].
      1   2026-11-21 12:00:01  run.started       person ada asked: run start quant  (commit aaaaaaaa, policy bbbbbbbb)
      2   +1.0 s               agent.started     quant@a1a1a1a1  level 2  “What was the worst drawdown of a very long market a very long market a very long market a very long market a very long …”  3 tools
      3   +2.0 s               plan.made         1 subtask  s1 “What was the worst drawdown of a very long market a very lo…”
      4   +3.0 s               subtask.started   s1  “What was the worst drawdown of a very long market a very long market a very long market a very long market a very long …”
      5   +4.0 s               model.asked       s1.1  coder  1 new message
      6   +5.0 s               model.answered    s1.1  ok  openai/gpt-small  1000 in, 100 out  $0.002  650 ms  calls read_file
      7   +6.0 s               decision.made     allow  tool.call read_file  rule agents/read_file  read_file is allow
      8   +7.0 s               tool.asked        s1.1.1  read_file (R)  “{"path":"data/prices.csv"}”
      9   +8.0 s               tool.finished     s1.1.1  read_file  ok  31 ms  “date,close 2020-03-23,2237.4”
      10  +9.0 s               checkpoint.made   s1.1  1 iteration, 1100 tokens, $0.002
      11  +10.0 s              model.asked       s1.2  coder  1 new message
      12  +11.0 s              model.answered    s1.2  ok  openai/gpt-small  1000 in, 100 out  $0.002  650 ms  calls shell
      13  +12.0 s              decision.made     approve  tool.call shell  rule agents/shell  shell is approve
      14  +13.0 s              approval.asked    a-agent1  asks whether to do s1.2.1  one person answers  action d4d4d4d4  until 2999-01-01T00:00:00.000Z
      15  +14.0 s              subtask.finished  s1  waiting  “waits for a-agent1”
      16  +15.0 s              agent.finished    waiting  “s1: waits for a-agent1”  2 iterations, 1 tool call, 2200 tokens, $0.004  waits for a-agent1
      17  +16.0 s              run.finished      waiting  2.4 s
      18  2026-11-21 12:00:22  run.started       person ada asked: run start quant  (commit aaaaaaaa, policy bbbbbbbb)
      19  +1.0 s               agent.started     quant@a1a1a1a1  level 2  “What was the worst drawdown of a very long market a very long market a very long market a very long market a very long …”  part 2 of r-agent1  3 tools
      20  +2.0 s               approval.used     a-agent1 for s1.2.1  approved  by ada  “fine”
      21  +3.0 s               tool.asked        s1.2.1  shell (W)  “{"command":["python3","scratch/drawdown.py"]}”  by approval a-agent1
      22  +4.0 s               tool.finished     s1.2.1  shell  ok  210 ms  changed scratch/drawdown.csv, -scratch/old.csv  1 artifact  “0.339”
      23  +5.0 s               checkpoint.made   s1.2  2 iterations, 2200 tokens, $0.004
      24  +6.0 s               model.asked       s1.3  coder  1 new message
      25  +7.0 s               model.answered    s1.3  ok  openai/gpt-small  1000 in, 100 out  $0.002  650 ms  calls propose_change  “The worst drawdown was 33.9 % [s1.1.1].”
      26  +8.0 s               decision.made     allow  tool.call propose_change  rule agents/propose_change  propose_change is allow
      27  +9.0 s               tool.asked        s1.3.1  propose_change (W)  “{"title":"Note the drawdown"}”
      28  +10.0 s              proposal.drafted  p-agent1  “Note the drawdown” by quant  1 file on aaaaaaaa  notes/drawdown.md
      29  +11.0 s              tool.finished     s1.3.1  propose_change  ok  4 ms  “kept”
      30  +12.0 s              limit.reached     s1.4  iterations 3 of 3
      31  +13.0 s              answer.judged     s1.3  accepted by the sources check
      32  +14.0 s              subtask.finished  s1  ok  answer “The worst drawdown was 33.9 % [s1.1.1].”
      33  +15.0 s              agent.finished    ok  3 iterations, 3 tool calls, 3300 tokens, $0.006  answer “The worst drawdown was 33.9 % [s1.1.1].”
      34  +16.0 s              run.finished      ok  2.4 s
    artifacts
      drawdown.png  23  sha256:b2c4ac30d8f22f50dc761149548335c4397c94a1b3d27902b48e242f4b935d7d  DIR/.git/agentctl/blobs/b2c4ac30d8f22f50dc761149548335c4397c94a1b3d27902b48e242f4b935d7d
    "
  `);

  const report = (await cli(dir, ["run", "show", "r-agent1", "--json"])).json();
  expect(report).toMatchObject({
    run: "r-agent1",
    missing: [],
    agent: {
      outcome: "ok",
      parts: [
        { run: "r-agent1", part: 1, outcome: "waiting" },
        { run: "r-agent1-2", part: 2, outcome: "ok" },
      ],
      tokens: 3300,
      toolCalls: 3,
      waitsFor: [],
    },
  });
  const { stdout: part } = await cli(dir, ["run", "show", "r-agent1-2"]);
  expect(part).toMatch(/^run r-agent1-2 {2}ok {2}2\.4 s {2}\d+ records\n/);
  expect(part).toContain("part 2 of r-agent1\n");
  expect(part).not.toContain("plan.made");

  expect((await cli(dir, ["audit", "verify"])).stdout).toMatch(/3 runs · 38 records/);
  expect((await cli(dir, ["run", "compact"])).stdout).toMatch(/3 runs · 38 records/);
  expect((await cli(dir, ["run", "show", "agent1"])).stdout).toBe(shown);
  expect((await cli(dir, ["run"])).stdout).toBe(list);
  expect((await cli(dir, ["audit", "verify"])).stdout).toMatch(/3 runs · 38 records/);
  expect((await cli(dir, ["query", "SELECT run, parts, outcome FROM agent_runs", "--json"])).json()).toMatchObject({
    rows: [["r-agent1", 2, "ok"]],
  });
});

test("one that waits says for what, and what to type; what the agent wrote cannot pass for words of ours", async () => {
  const { dir } = workspace({ "a.txt": "a" });
  const state = recordState({ stateDir: join(dir, ".git/agentctl") });
  await recordedAgentRun(state, { root: "r-wait", until: "waiting" });
  const { stdout } = await cli(dir, ["run", "show", "wait"]);
  expect(stdout).toMatch(/^run r-wait {2}waiting {2}2\.4 s/);
  expect(stdout).toContain("\n  waits for   a-wait\n");
  expect(stdout).toContain("\n  next        agentctl run resume r-wait\n");

  await recordedAgentRun(state, { root: "r-evil", answer: hostile });
  const evil = (await cli(dir, ["run", "show", "r-evil"])).stdout;
  expect(evil).toContain("\n  | done«U+001B»[2J\n  | “ok”\n  | agentctl approval approve a-x«U+202E»\n");
  for (const line of evil.split("\n")) expect(line).not.toMatch(/^(agentctl|“ok”)/);
  expect(evil).toContain(`answer “done«U+001B»[2J "ok" agentctl approval approve a-x«U+202E»”`);
});

test("a part whose journal is gone is named, in the show as in the verification", async () => {
  const { dir } = workspace({ "a.txt": "a" });
  const state = recordState({ stateDir: join(dir, ".git/agentctl") });
  await recordedAgentRun(state, { root: "r-gap" });
  const third = state.begin("r-gap-3");
  await third.append("run.finished", { outcome: "interrupted", durationMs: 1 });
  third.close();
  rmSync(join(dir, ".git/agentctl/journal/r-gap-2.jsonl"));
  const { stdout, stderr } = await cli(dir, ["run", "show", "r-gap"]);
  expect(stderr).toBe("warn  the journal of its part r-gap-2 is missing     agentctl audit verify\n");
  expect(stdout).toContain("run.finished");
  expect((await cli(dir, ["audit", "verify"], { expectExit: 7 })).stdout).toContain("missing-file  journal/r-gap-2.jsonl");
});
