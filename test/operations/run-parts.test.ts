import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runParts } from "../../src/operations/run-parts.ts";
import { listRuns } from "../../src/operations/list-runs.ts";
import { showRun } from "../../src/operations/show-run.ts";
import { recordedAgentRun } from "../support/agent-record.ts";
import { recordState, started } from "../support/record.ts";
import { workspace } from "../support/workspace.ts";

test("a root stands for its parts in their order, a part for itself; a beginning of the name will do", async () => {
  const state = recordState();
  for (const run of ["r-abc", ...Array.from({ length: 11 }, (_, n) => `r-abc-${n + 2}`), "r-abd"]) await state.whole(run, 2);
  const names = (name: string): string[] => runParts(state.stateDir, name).files.map(({ run }) => run);
  expect(names("r-abc")).toEqual(["r-abc", "r-abc-2", "r-abc-3", ...[4, 5, 6, 7, 8, 9, 10, 11, 12].map((n) => `r-abc-${n}`)]);
  expect(names("abc")).toHaveLength(12);
  expect(names("r-abc-10")).toEqual(["r-abc-10"]);
  expect(names("abd")).toEqual(["r-abd"]);
  expect(() => names("ab")).toThrow('2 runs begin with "ab": r-abc, r-abd');
  rmSync(join(state.stateDir, "journal/r-abc-5.jsonl"));
  expect(runParts(state.stateDir, "r-abc").missing).toEqual(["r-abc-5"]);
});

test("without its ledger the record still says what an agent's run was, and how it ended", async () => {
  const { dir } = workspace({ "a.txt": "a" });
  const stateDir = join(dir, ".git/agentctl");
  const state = recordState({ stateDir });
  await recordedAgentRun(state, { root: "r-one" });
  await recordedAgentRun(state, { root: "r-two", until: "waiting", objective: "x".repeat(20_000) });
  state.ledger.close();
  for (const name of ["ledger.db", "ledger.db-wal", "ledger.db-shm"]) rmSync(join(stateDir, name), { force: true });
  const runs = await listRuns({ cwd: dir, env: {}, limit: 9 });
  expect(runs.find(({ run }) => run === "r-one")).toMatchObject({ outcome: "ok", agent: { name: "quant", parts: 2 }, durationMs: 4_800 });
  expect(runs.find(({ run }) => run === "r-two")).toMatchObject({ outcome: "waiting", agent: { objective: `${"x".repeat(200)}…` } });
  const { agent } = await showRun({ cwd: dir, env: {}, run: "r-two" });
  expect(agent).toMatchObject({ waitsFor: ["a-two"], next: ["agentctl approval show a-two", "agentctl run resume r-two"], objective: "x".repeat(20_000) });
});

test("a part that was killed says so; figures are those of all parts; a fork counts on from what it kept", async () => {
  const { dir } = workspace({ "a.txt": "a" });
  const state = recordState({ stateDir: join(dir, ".git/agentctl") });
  await recordedAgentRun(state, { root: "r-one", until: "waiting" });
  const killed = state.begin("r-one-2");
  const start = { root: "r-one", objective: "o", agent: "quant", agentDigest: "d", level: 2, tools: [], toolsDigest: "t", limits: {} };
  await killed.append("run.started", started);
  await killed.append("agent.started", { ...start, part: 2 });
  await killed.append("run.finished", { outcome: "halted", durationMs: 100, message: "halted by ada" });
  killed.close();
  const { agent, timeline } = await showRun({ cwd: dir, env: {}, run: "r-one" });
  expect(agent).toMatchObject({ outcome: "halted", why: "halted by ada", tokens: 2_200, iterations: 2, durationMs: 2_500, waitsFor: [] });
  expect(agent?.parts.map(({ outcome }) => outcome)).toEqual(["waiting", "halted"]);
  expect(timeline.map(({ at }) => at)).toEqual(timeline.map((_, index) => index + 1));

  const fork = state.begin("r-fork");
  await fork.append("run.started", started);
  await fork.append("agent.started", { ...start, root: "r-fork", part: 1, forkOf: { run: "r-one", at: 12 } });
  fork.close();
  const shown = await showRun({ cwd: dir, env: {}, run: "r-fork" });
  expect(shown.timeline.map(({ at }) => at)).toEqual([13, 14]);
  // Its process, which is this one, is still there.
  expect(shown.agent).toMatchObject({ outcome: undefined, next: ["agentctl run watch r-fork"] });
});
