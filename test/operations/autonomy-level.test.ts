import { join } from "node:path";
import { expect, test } from "vitest";
import type { Agent } from "../../src/agent/agent.ts";
import type { EventData } from "../../src/event/events.ts";
import { endProposal, noteProposal } from "../../src/ledger/proposals.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import { levelNow, watchBreaches } from "../../src/operations/autonomy-level.ts";
import { openJudge, type Judge } from "../../src/operations/decide-call.ts";
import type { ToolContext } from "../../src/operations/tools/tool.ts";
import type { ActionRequest } from "../../src/policy/request.ts";
import { agentFiles, agentWorkspace } from "../support/agents.ts";
import { cli } from "../support/cli.ts";
import { recordsOf } from "../support/skills.ts";
import { inContext } from "./tools/in-context.ts";

const stateOf = (dir: string): string => join(dir, ".git", "agentctl");
const tester = { name: "tester", level: 2 };

/** What decides for the agent in this run, as the loop has it. */
function judged({ open, authority, agent, root }: ToolContext): { judge: Judge; level(of: ActionRequest["class"], other?: Partial<Agent>): number } {
  const watched = watchBreaches(open, agent);
  const judge = openJudge({ open: watched, authority, agent, root, objective: "", ask: () => Promise.reject(new Error("nobody is asked")) });
  return { judge, level: (of, other = {}) => levelNow(open.ledger, { ...agent, ...other }, of) };
}

const overrun: EventData["limit.reached"] = { key: "s1", limit: "tokens", used: 2, most: 1 };
const writes = { action: "file.write", class: "W", path: "scratch/a.md" } as const;
const uses = { action: "credential.use", class: "C" } as const;

test("a denied credential lowers that class at once, in the same run, once a run, and is on record; other classes keep their level", async () => {
  const { dir } = agentWorkspace([{ tools: [], level: 3 }], "  - say: hi\n");
  await inContext(dir, { agent: { ...tester, level: 3 } }, async (context) => {
    const { judge, level } = judged(context);
    expect((await judge.decide(uses)).request.actor.level).toBe(3);
    expect((await judge.decide(uses)).request.actor.level).toBe(2);
    expect((await judge.decide(writes)).request.actor.level).toBe(3);
    expect(level("C")).toBe(2);
    // A lower level by agent.yaml gives nothing back; a higher one, and another chance, begin anew.
    expect([level("C", { level: 2 }), level("C", { level: 4 }), level("C", { autonomy: { renewed: "2026-11-28" } })]).toEqual([2, 4, 3]);
  });
  const lowered = recordsOf(dir).flatMap((records) => records.filter(({ kind }) => kind === "autonomy.lowered"));
  expect(lowered.map(({ data }) => data)).toMatchObject([
    { agent: "tester", class: "C", from: 3, to: 2, breach: "was denied credential.use, which is of class C" },
  ]);
});

test("three overruns in three runs lower every class, and the shipped policy then denies in a run and in a process of another", async () => {
  const { dir } = agentWorkspace(
    [{ tools: ["write_file"], level: 2 }],
    `  - call: [{ tool: write_file, args: { path: scratch/a.md, content: "a" } }]\n  - say: "Done."\n`,
  );
  const run = (work: (context: ToolContext) => Promise<void>): Promise<void> => inContext(dir, { agent: tester }, work);
  for (const before of [2, 2]) {
    await run(async (context) => {
      expect(levelNow(context.open.ledger, tester, "W")).toBe(before);
      const { recorder } = watchBreaches(context.open, tester);
      await recorder.append("limit.reached", overrun);
      await recorder.append("limit.reached", overrun);
    });
  }
  await run(async (context) => {
    const { judge } = judged(context);
    expect((await judge.decide(writes)).effect).toBe("allow");
    await watchBreaches(context.open, tester).recorder.append("limit.reached", overrun);
    const { effect, rules } = await judge.decide(writes);
    expect([effect, rules[0]]).toEqual(["deny", "autonomy/level-1-only-reads"]);
  });
  await cli(dir, ["run", "start", "Write it.", "--agent", "tester"], { expectExit: null });
  const denied = recordsOf(dir)
    .flat()
    .filter(({ kind, data }) => kind === "tool.asked" && data["tool"] === "write_file");
  expect(denied.map(({ data }) => data["refused"])).toEqual([true]);
});

test("a change of its own that was rolled back lowers writing, whichever process rolled it back, and is counted once", () => {
  const { dir } = agentWorkspace([{ tools: [] }], "  - say: hi\n");
  const ledger = openLedger(stateOf(dir));
  const other = openLedger(stateOf(dir));
  try {
    const row = { head: "a".repeat(40), base: "b".repeat(40), signature: undefined, run: "r-1", nowMs: 1 };
    noteProposal(ledger, { ...row, proposal: "p-1", proposer: { kind: "agent", name: "tester" } });
    noteProposal(ledger, { ...row, proposal: "p-2", proposer: { kind: "person", name: "tester" } });
    expect(levelNow(other, { name: "tester", level: 4 }, "W")).toBe(4);
    for (const proposal of ["p-1", "p-2"]) endProposal(ledger, { proposal, state: "rolled-back", nowMs: 2 });
    for (const each of [other, ledger, other]) expect(levelNow(each, { name: "tester", level: 4 }, "W")).toBe(3);
    expect(levelNow(other, { name: "tester", level: 4 }, "N")).toBe(4);
  } finally {
    ledger.close();
    other.close();
  }
  expect(levelNow(other, { name: "tester", level: 4 }, "R")).toBe(1);
});

test("autonomy shows what counts; a level that is not earned is refused with the numbers, and asked for anyway it is a two-key proposal that says so", async () => {
  const { dir, git } = agentWorkspace([{ tools: ["write_file"], level: 2, more: "# kept\n" }], "  - say: hi\n");
  const { stdout } = await cli(dir, ["agent", "autonomy", "tester"]);
  expect(stdout).toMatch(/\nW +2 +2 +0 +0 +2 +0 successes of 20; /);
  const refused = await cli(dir, ["agent", "promote", "tester"], { expectExit: 3 });
  expect(refused.stderr).toContain("level 2 to 3 is not earned; missing: 0 successes of 20");
  const made = (await cli(dir, ["agent", "promote", "tester", "--anyway", "--json"])).json() as { earned: boolean; proposal: { head: string; ref: string } };
  expect(made.earned).toBe(false);
  expect(git("show", "-s", "--format=%B", made.proposal.head)).toContain("NOT EARNED");
  expect(git("show", `${made.proposal.head}:agents/tester/agent.yaml`)).toBe(
    (agentFiles({ tools: ["write_file"], level: 3, more: "# kept\n" })["agents/tester/agent.yaml"] ?? "").trimEnd(),
  );
  const opened = recordsOf(dir)
    .flat()
    .find(({ kind }) => kind === "proposal.opened");
  expect(opened?.data).toMatchObject({ effect: "two-key", files: ["agents/tester/agent.yaml"] });
});
