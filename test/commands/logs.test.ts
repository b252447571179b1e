import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import type { LogLine } from "../../src/telemetry/log-line.ts";
import { closeJournals } from "../../src/trace/close-journals.ts";
import { listHeads } from "../../src/ledger/heads.ts";
import { recordedAgentRun } from "../support/agent-record.ts";
import { cli } from "../support/cli.ts";
import { fixedClock, recordState, started, type RecordState } from "../support/record.ts";
import { workspace, type TestWorkspace } from "../support/workspace.ts";

let ws: TestWorkspace;
let state: RecordState;
const lines = async (...flags: string[]): Promise<LogLine[]> =>
  (await cli(ws.dir, ["logs", ...flags])).stdout
    .trimEnd()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as LogLine);

beforeAll(async () => {
  ws = workspace({ "agentctl.yaml": "profile: small\n" });
  state = recordState({ stateDir: join(ws.dir, ".git/agentctl") });
  await recordedAgentRun(state, { root: "r-done" });
  // At the same time as the run above, by its own clock.
  const beside = recordState({ stateDir: state.stateDir, clock: fixedClock(Date.UTC(2026, 10, 21, 12) + 500) });
  await beside.whole("r-beside", 30);
  await closeJournals(
    state.stateDir,
    new Map(
      listHeads(state.ledger)
        .filter(({ run }) => run === "r-beside")
        .map((head) => [head.run, head]),
    ),
  );
});

test("records of all runs, open and closed, in the order of time, each with its run, part, level and words", async () => {
  const all = await lines();
  expect(all.map(({ ts }) => ts)).toEqual(all.map(({ ts }) => ts).toSorted());
  expect(new Set(all.map(({ part }) => part))).toEqual(new Set(["r-done", "r-done-2", "r-vdone", "r-beside"]));
  expect(all.find(({ part, kind }) => part === "r-done-2" && kind === "tool.finished")).toMatchObject({
    level: "info",
    run: "r-done",
    tool: "shell",
    outcome: "ok",
    durationMs: 210,
    msg: expect.stringContaining("s1.2.1  shell  ok  210 ms") as string,
  });
  // They overlapped, and are told so.
  const places = all.flatMap(({ part }, index) => (part === "r-beside" ? [index] : []));
  expect((places.at(-1) ?? 0) - (places[0] ?? 0)).toBeGreaterThan(places.length);
  // A text of a tool or a model is in its words only, quoted.
  expect(all.every((line) => !("text" in line) && !("answer" in line))).toBe(true);
});

test("of one run, of a level, of a kind, since a moment; for people as text", async () => {
  const warned = await lines("--run", "r-do", "--level", "warn");
  expect(warned.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(["decision.made", "approval.asked", "agent.finished", "run.finished", "subtask.finished", "limit.reached"]),
  );
  expect(warned.every(({ run, level }) => run === "r-done" && level !== "info")).toBe(true);
  expect((await lines("--kind", "run.finished", "--kind", "halt.set")).map(({ part }) => part).toSorted()).toEqual([
    "r-beside",
    "r-done",
    "r-done-2",
    "r-vdone",
  ]);
  const late = await lines("--run", "r-done", "--since", "2026-11-21T12:00:15Z");
  expect(late.length).toBeGreaterThan(0);
  expect(late.every(({ ts }) => ts >= "2026-11-21T12:00:15.000Z")).toBe(true);
  expect(await lines("--since", "2999-01-01")).toEqual([]);
  const { stdout } = await cli(ws.dir, ["logs", "--format", "text", "--kind", "limit.reached"]);
  expect(stdout).toMatch(/^2026-11-21 12:00:\d\d\.\d{3} {2}warn {3}r-done-2 {2}limit\.reached {2}s1\.4 {2}iterations 3 of 3\n$/);
  expect((await cli(ws.dir, ["logs", "--since", "soon"], { expectExit: 2 })).stderr).toContain("--since 1h");
  expect((await cli(ws.dir, ["logs", "--run", "r-none"], { expectExit: 2 })).stderr).toContain("r-none");
});

test("followed, it goes on with what is recorded, also in runs that begin later, and tells nothing twice", async () => {
  const child = spawn(process.execPath, [fileURLToPath(new URL("../../bin/dev.js", import.meta.url)), "logs", "--follow", "--json", "--since", "2026-11-28"], {
    cwd: ws.dir,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const told: LogLine[] = [];
  const later = recordState({ stateDir: state.stateDir, clock: fixedClock(Date.UTC(2026, 10, 29, 12)) });
  const journal = later.begin("r-later");
  try {
    await journal.append("run.started", started);
    for await (const text of createInterface({ input: child.stdout })) {
      const line = JSON.parse(text) as LogLine;
      told.push(line);
      if (told.length === 1) await journal.append("limit.reached", { key: "k", limit: "tokens", used: 1, most: 1 });
      if (told.length === 2) await later.whole("r-newest", 3);
      if (told.length === 5) break;
    }
  } finally {
    journal.close();
    child.kill();
  }
  expect(told.map(({ part, seq, kind }) => `${part} ${seq} ${kind}`)).toEqual([
    "r-later 0 run.started",
    "r-later 1 limit.reached",
    "r-newest 0 run.started",
    "r-newest 1 skill.finished",
    "r-newest 2 run.finished",
  ]);
});

test("a damaged journal ends with an error, and the others go on; what others wrote cannot act on a terminal or name a secret", async () => {
  const other = workspace({ "agentctl.yaml": "profile: small\n" });
  const own = recordState({ stateDir: join(other.dir, ".git/agentctl") });
  await own.whole("r-well", 3);
  await own.whole("r-broken", 4);
  const journal = own.begin("r-hostile");
  await journal.append("run.started", { ...started, command: "skill run \u001b[2Jx sk_live_topsecretvalue42" });
  journal.close();
  const path = join(other.dir, ".git/agentctl/journal/r-broken.jsonl");
  const records = readFileSync(path, "utf8").split("\n");
  writeFileSync(path, [records[0], records[1]?.replace("0.0271", "9.9999"), ...records.slice(2)].join("\n"));
  const { stdout } = await cli(other.dir, ["logs"], { env: { MY_API_KEY: "sk_live_topsecretvalue42" } });
  const told = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as LogLine);
  expect(told.filter(({ part }) => part === "r-broken")).toMatchObject([
    { seq: 0, kind: "run.started" },
    { seq: 1, level: "error", kind: "journal.damaged", error: "trace/damaged" },
  ]);
  expect(told.filter(({ part }) => part === "r-well")).toHaveLength(3);
  expect(stdout).not.toContain("topsecretvalue");
  expect(stdout).not.toContain(String.fromCharCode(27));
  expect(told.find(({ part }) => part === "r-hostile")?.msg).toContain("«U+001B»");
});
