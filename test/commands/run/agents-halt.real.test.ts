import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { agentFiles, agentWorkspace } from "../../support/agents.ts";
import { cli, type CliAnswer } from "../../support/cli.ts";
import { describeReal } from "../../support/engine.ts";
import { modelServer, type ModelServer } from "../../support/model-server.ts";
import { containersOf, shipped } from "../../support/skills.ts";
import { workspace, type TestWorkspace } from "../../support/workspace.ts";

/** How long a halt, or a stop, may take, ms. */
const most = 2_000;

const startWords = (root: string): string[] => ["run", "start", "Work on and on", "--agent", "tester", "--json", "--run-id", root];

interface Line {
  kind: string;
  ts: string;
  data: Record<string, unknown>;
}

function records(dir: string, run: string): Line[] {
  const journal = join(dir, ".git/agentctl/journal", `${run}.jsonl`);
  const lines = existsSync(journal) ? readFileSync(journal, "utf8").split("\n").slice(0, -1) : [];
  return lines.map((line) => JSON.parse(line) as Line);
}

async function until(there: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await there())) await wait(25);
}

/** From the halt, as its own file has it, to the run's last record: whatever starting a command takes is not in it. */
function haltedWithin(dir: string, run: string): number {
  const { at } = JSON.parse(readFileSync(join(dir, ".git/agentctl/halt"), "utf8")) as { at: string };
  const last = records(dir, run).at(-1);
  expect(last).toMatchObject({ kind: "run.finished", data: { outcome: "halted" } });
  return Date.parse(last?.ts ?? "") - Date.parse(at);
}

const release = (dir: string): Promise<CliAnswer> => cli(dir, ["halt", "release", "--reason", "looked at it", "--yes"]);

let server: ModelServer;
let silent = true;
beforeAll(async () => {
  server = await modelServer(() => (silent ? { fault: { kind: "silence", headers: false } } : { say: "done" }));
});
afterAll(() => server.close());

function asking(): TestWorkspace {
  const models = `profile: small
models:
  providers: { mine: { kind: openai, baseUrl: "${server.url}/v1" } }
  tiers: { test: { models: [mine/a] } }
  roles: { planner: test, coder: test, critic: test }
  prices: { mine/*: { inputUsd: 0, outputUsd: 0 } }
`;
  silent = true;
  return workspace({ "agentctl.yaml": models, ...shipped("policies"), ...agentFiles({ tools: ["query"] }) });
}

/** Starts a run and answers when its model has been asked, and says nothing. */
async function inModelCall(dir: string, root: string, expectExit: number): Promise<{ ended: Promise<CliAnswer> }> {
  const before = server.requests.length;
  const ended = cli(dir, startWords(root), { expectExit });
  await Promise.race([ended, until(() => server.requests.length > before)]);
  return { ended };
}

test("halt ends a run in its model call; released, it goes on", async () => {
  const { dir } = asking();
  const { ended } = await inModelCall(dir, "r-inmodel", 9);
  await cli(dir, ["halt", "--reason", "a look"]);
  expect((await ended).stdout).toContain("a look");
  expect(haltedWithin(dir, "r-inmodel")).toBeLessThan(most);
  expect((await cli(dir, ["run", "show", "r-inmodel"])).stdout).toMatch(/^run r-inmodel {2}halted/);
  silent = false;
  expect((await cli(dir, ["run", "resume", "r-inmodel", "--json"], { expectExit: 9 })).stdout).toContain("ledger/halted");
  await release(dir);
  expect((await cli(dir, ["run", "resume", "r-inmodel", "--json"])).json()).toMatchObject({ end: { outcome: "ok", answer: "done" } });
}, 120_000);

test("stop ends a run in its model call, and only that one; it can be gone on with", async () => {
  const { dir } = asking();
  const one = await inModelCall(dir, "r-one", 130);
  const other = await inModelCall(dir, "r-other", 130);
  const stopped = (await cli(dir, ["run", "stop", "r-one", "--json"])).json() as { how: string; durationMs: number };
  expect(stopped.how).toBe("stopped");
  expect(stopped.durationMs).toBeLessThan(most);
  await one.ended;
  expect(records(dir, "r-one").at(-1)).toMatchObject({ kind: "run.finished", data: { outcome: "interrupted" } });
  expect(records(dir, "r-other").at(-1)?.kind).not.toBe("run.finished");
  await cli(dir, ["run", "stop", "r-other"]);
  await other.ended;
  silent = false;
  expect((await cli(dir, ["run", "resume", "r-one", "--json"])).json()).toMatchObject({ end: { outcome: "ok", answer: "done" } });
}, 120_000);

function sleeping(): TestWorkspace {
  return agentWorkspace(
    [{ tools: ["shell"], level: 3 }],
    `
  - call: [{ tool: shell, args: { command: "echo begun; sleep 300", timeoutMs: 300000 } }]
  - say: "done"
`,
  );
}

/** Starts a run and answers when its command runs in a container. */
async function inContainer(dir: string, root: string, expectExit: number): Promise<{ ended: Promise<CliAnswer> }> {
  const ended = cli(dir, startWords(root), { expectExit });
  const begun = async (): Promise<boolean> => records(dir, root).some(({ kind }) => kind === "tool.asked") && (await containersOf(dir, "running")).length > 0;
  await Promise.race([ended, until(begun)]);
  // The command itself begins a moment after its container.
  await wait(500);
  return { ended };
}

const noContainer = (dir: string): Promise<void> => until(async () => (await containersOf(dir)).length === 0);

describeReal("a run in its container", () => {
  test("is ended by halt; released, a person is asked what became of the command, and it goes on", async () => {
    const { dir } = sleeping();
    const { ended } = await inContainer(dir, "r-inbox", 9);
    await cli(dir, ["halt", "--reason", "a look"]);
    await ended;
    expect(haltedWithin(dir, "r-inbox")).toBeLessThan(most);
    expect((await cli(dir, ["run", "show", "r-inbox"])).stdout).toMatch(/^run r-inbox {2}halted/);
    await noContainer(dir);
    await release(dir);
    const waiting = (await cli(dir, ["run", "resume", "r-inbox", "--json"], { expectExit: 8 })).json() as { end: { waitsFor: string[] } };
    await cli(dir, ["approval", "deny", waiting.end.waitsFor[0] ?? "", "--note", "leave it"]);
    expect((await cli(dir, ["run", "resume", "r-inbox", "--json"])).json()).toMatchObject({ end: { outcome: "ok", answer: "done" } });
    await noContainer(dir);
  }, 180_000);

  test("is ended by run stop, and nothing is left", async () => {
    const { dir } = sleeping();
    const { ended } = await inContainer(dir, "r-stopped", 130);
    const stopped = (await cli(dir, ["run", "stop", "r-stopped", "--json"])).json() as { how: string; durationMs: number };
    expect(stopped.how).toBe("stopped");
    expect(stopped.durationMs).toBeLessThan(most);
    await ended;
    expect(records(dir, "r-stopped").at(-1)).toMatchObject({ data: { outcome: "interrupted" } });
    await noContainer(dir);
  }, 120_000);
});
