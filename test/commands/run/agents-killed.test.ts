import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { agentWorkspace } from "../../support/agents.ts";
import { cli } from "../../support/cli.ts";
import { recordsOf } from "../../support/skills.ts";

const entry = fileURLToPath(new URL("../../../bin/dev.js", import.meta.url));

const agent = { tools: ["query", "propose_change", "ask_person"] };
const script = `
  - call: [{ tool: query, args: { sql: "select 1 as n" } }, { tool: propose_change, args: { title: one, rationale: r, files: [{ path: docs/one.md, content: one }] } }]
  - call: [{ tool: propose_change, args: { title: two, rationale: r, files: [{ path: docs/two.md, content: two }] } }]
  - say: "two proposals [main.1.2] [main.2.1]"
`;

interface Ended {
  root: string;
  end: { outcome: string; answer?: string };
}

const start = ["run", "start", "propose two files", "--agent", "tester", "--json"];

/** Starts a run in a process of its own and kills it as soon as its journal has so many records; answers the run, or undefined when it was quicker. */
async function killedAt(dir: string, count: number): Promise<string | undefined> {
  const root = `r-kill${count}`;
  const child = spawn(process.execPath, [entry, ...start, "--run-id", root], { cwd: dir, stdio: "ignore", env: { ...process.env, NO_COLOR: "1" } });
  const ended = new Promise<boolean>((resolve) => child.once("exit", (code) => resolve(code === 0)));
  const journal = join(dir, ".git/agentctl/journal", `${root}.jsonl`);
  for (let over = false; !over;) {
    const lines = existsSync(journal) ? readFileSync(journal, "utf8").split("\n").length - 1 : 0;
    if (lines >= count) child.kill("SIGKILL");
    over = await Promise.race([ended.then(() => true), wait(1).then(() => false)]);
  }
  return (await ended) ? undefined : root;
}

/** What a run has done to the world, by what and how often. */
function effectsOf(dir: string, root: string): string[] {
  const records = recordsOf(dir)
    .flat()
    .filter(({ run }) => run === root || run.startsWith(`${root}-`));
  return records.filter(({ kind }) => kind === "proposal.drafted").map(({ data }) => `${String(data["title"])} ${String(data["key"])}`);
}

/** Numbers of the records after which the process is killed: one of each kind of moment in a run. */
function moments(records: readonly { kind: string }[]): number[] {
  const after = (kind: string, nth = 0): number => records.flatMap((record, index) => (record.kind === kind ? [index + 1] : []))[nth] ?? 0;
  return [
    after("agent.started"),
    after("model.asked"),
    after("model.answered"),
    after("tool.asked", 1),
    after("proposal.drafted"),
    after("tool.finished", 2),
    after("agent.finished"),
  ];
}

test("killed at any moment and resumed, a run comes to the same end, and no effect happens twice", async () => {
  const { dir } = agentWorkspace([agent], script);
  const whole = (await cli(dir, start)).json() as Ended;
  const records = recordsOf(dir)
    .flat()
    .filter(({ run }) => run === whole.root);
  let killed = 0;
  for (const count of moments(records)) {
    expect(count).toBeGreaterThan(0);
    const root = await killedAt(dir, count);
    if (root === undefined) continue;
    killed += 1;
    const resumed = await cli(dir, ["run", "resume", root, "--json"], { expectExit: null });
    // Killed after its last record but one, it has its answer, and there is nothing to go on with.
    if (resumed.exitCode === 2) expect(resumed.stdout).toContain("agent/done");
    else expect((resumed.json() as Ended).end).toMatchObject({ outcome: "ok", answer: whole.end.answer });
    expect([...new Set(effectsOf(dir, root))]).toEqual(["one main.1.2", "two main.2.1"]);
    expect((await cli(dir, ["run", "replay", root, "--json"])).json()).toMatchObject({ identical: true });
  }
  expect(killed).toBeGreaterThan(3);
  await cli(dir, ["audit", "verify"]);
}, 600_000);

test("two processes that go on with one run at once: one does, the other is told", async () => {
  const { dir } = agentWorkspace(
    [agent],
    `
  - call: [{ tool: ask_person, args: { question: "go on?" } }]
  - call: [{ tool: propose_change, args: { title: one, rationale: r, files: [{ path: docs/one.md, content: one }] } }]
  - say: "done [main.2.1]"
`,
  );
  const waiting = (await cli(dir, start, { expectExit: 8 })).json() as { root: string; end: { waitsFor: string[] } };
  await cli(dir, ["approval", "approve", waiting.end.waitsFor[0] ?? "", "--note", "yes", "--yes"]);
  const both = await Promise.all([1, 2, 3].map(() => cli(dir, ["run", "resume", waiting.root, "--json"], { expectExit: null })));
  expect(both.filter(({ exitCode }) => exitCode === 0)).toHaveLength(1);
  expect(both.filter(({ exitCode, stdout }) => exitCode === 2 && /agent\/(busy|done)/.test(stdout))).toHaveLength(2);
  expect(effectsOf(dir, waiting.root)).toEqual(["one main.2.1"]);
});
