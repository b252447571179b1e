import { spawn } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { openRepository } from "../../../src/git/repository.ts";
import { verifyAudit } from "../../../src/operations/verify-audit.ts";
import type { Proposal } from "../../../src/proposal/proposal.ts";
import { findWorkspace } from "../../../src/workspace/find.ts";
import { cli } from "../../support/cli.ts";
import { agreed, files, land } from "../../support/landings.ts";
import { proposalWorld, type ProposalWorld } from "../../support/proposals.ts";
import { folder } from "../../support/workspace.ts";

const entry = fileURLToPath(new URL("../../../bin/dev.js", import.meta.url));
const names = Array.from({ length: 12 }, (_, n) => `many/${n}.md`);
const texts = (word: string) => Object.fromEntries(names.map((path) => [path, `${path} ${word}\n`.repeat(200)]));
const before = texts("before");
const after = texts("after");

let world: ProposalWorld;
let proposal: Proposal;
let other: Proposal;
beforeAll(async () => {
  world = proposalWorld({ files: before });
  proposal = await agreed(world, { contents: files(after) });
  other = await agreed(world, { contents: files({ "docs/other.md": "other\n" }) });
});

interface Copy extends Pick<ProposalWorld, "dir" | "git"> {
  journals(): string[];
}

/** A workspace of its own, with everything that the first one has. */
function copy(): Copy {
  const dir = folder();
  cpSync(world.dir, dir, { recursive: true, preserveTimestamps: true });
  const { git } = world;
  return { dir, git: (...args) => git("-C", dir, ...args), journals: () => journalsIn(dir) };
}

function journalsIn(dir: string): string[] {
  const state = join(dir, ".git", "agentctl");
  return readdirSync(state, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".jsonl"))
    .map((path) => join(state, path));
}

type Step = "recording" | "started" | "moved";

/** Where a landing that runs elsewhere is. */
function reached({ dir, journals }: Copy, step: Step, known: ReadonlySet<string>, ref: string): boolean {
  if (step === "moved") return readFileSync(join(dir, ".git/refs/heads/main"), "utf8") !== ref;
  const fresh = journals().filter((path) => !known.has(path.slice(dir.length)));
  return step === "recording" ? fresh.length > 0 : fresh.some((path) => readFileSync(path, "utf8").includes('"landing.started"'));
}

/** Lands in a process of its own that dies, with every git it has started or alone, some time after it has come so far. */
async function killedAt(place: Copy, step: Step, delayMs: number, whole: boolean): Promise<{ ended: boolean; tookMs: number }> {
  const known = new Set(place.journals().map((path) => path.slice(place.dir.length)));
  const ref = readFileSync(join(place.dir, ".git/refs/heads/main"), "utf8");
  const child = spawn(process.execPath, [entry, "proposal", "land", proposal.id], { cwd: place.dir, stdio: "ignore", detached: true });
  const pid = child.pid ?? 0;
  const state = { ended: false };
  const exit = new Promise<void>((done) => child.once("exit", () => done())).then(() => (state.ended = true));
  while (!state.ended && !reached(place, step, known, ref)) await wait(1);
  const from = systemClock.monotonicMs();
  await Promise.race([wait(delayMs), exit]);
  const early = state.ended;
  if (!early) process.kill(whole ? -pid : pid, "SIGKILL");
  await exit;
  // Gits that it had started may still be at work.
  while (isAlive(-pid)) await wait(5);
  return { ended: early, tookMs: systemClock.monotonicMs() - from };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function locks(dir: string): string[] {
  const git = join(dir, ".git");
  return readdirSync(git, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".lock"))
    .map((path) => join(git, path));
}

function merges({ git }: Copy): string[] {
  return git("log", "--merges", "--first-parent", "--format=%P", "main")
    .split("\n")
    .filter((line) => line !== "");
}

test("killed anywhere, it has landed once or not at all; asked again, it is finished", async () => {
  const { tookMs } = await killedAt(copy(), "recording", 600_000, true);
  const spread = Array.from({ length: 8 }, (_, n) => ["recording", (tookMs * n) / 8] as const);
  const places = [...spread, ...[0, 4, 10, 20, 40].map((ms) => ["started", ms] as const), ...[0, 1, 3, 8, 16, 30, 60].map((ms) => ["moved", ms] as const)];
  const seen = { old: 0, landed: 0, ended: 0, half: 0 };
  for (const [at, [step, delay]] of places.entries()) {
    const place = copy();
    const name = `${step} + ${delay} ms`;
    const { ended } = await killedAt(place, step, delay, at % 2 === 0);
    const landed = merges(place);
    const tip = place.git("rev-parse", "main");
    expect(landed.length === 0 ? tip : landed, name).toEqual(landed.length === 0 ? proposal.base : [`${proposal.base} ${proposal.head}`]);
    const now = names.map((path) => readFileSync(join(place.dir, path), "utf8"));
    for (const [n, path] of names.entries()) expect([before[path], after[path]], `${name}: ${path}`).toContain(now[n]);
    if (landed.length === 0) expect(now, name).toEqual(Object.values(before));
    seen[ended ? "ended" : landed.length === 0 ? "old" : "landed"]++;
    if (!ended && landed.length > 0 && now.some((text, n) => text !== after[names[n] ?? ""])) seen.half++;

    const held = locks(place.dir);
    if (held.length > 0) {
      // A git that was killed leaves its lock; the error says which file that is.
      await expect(land(place, proposal), name).rejects.toThrow(/\.lock/);
      for (const lock of held) rmSync(lock);
    }
    const again = await land(place, proposal);
    expect([again.outcome, again.why.join()], name).toEqual(
      again.outcome === "landed" ? ["landed", ""] : ["refused", expect.stringContaining("has landed already")],
    );
    expect(merges(place), name).toEqual([`${proposal.base} ${proposal.head}`]);
    for (const path of names) expect(readFileSync(join(place.dir, path), "utf8"), `${name}: ${path}`).toBe(after[path]);
    expect(place.git("status", "--porcelain"), name).toBe("");
    expect(place.git("rev-parse", `refs/agentctl/snapshots/${proposal.id}`), name).toBe(proposal.base);
    expect((await verifyAudit({ cwd: place.dir, env: {} })).faults, name).toEqual([]);
    rmSync(place.dir, { recursive: true });
  }
  expect(seen.old, JSON.stringify(seen)).toBeGreaterThan(0);
  expect(seen.landed, JSON.stringify(seen)).toBeGreaterThan(0);
}, 900_000);

test("a lock that a dead git left is named, with what to do", async () => {
  const place = copy();
  const lock = join(place.dir, ".git/refs/heads/main.lock");
  cpSync(entry, lock);
  await expect(land(place, proposal)).rejects.toMatchObject({
    message: `another git holds ${lock}; nothing was changed`,
    hint: expect.stringContaining(`rm '${lock}'`),
  });
  expect(place.git("rev-parse", "main")).toBe(proposal.base);
  rmSync(lock);
  // The index is written last, after the branch has moved.
  const index = join(place.dir, ".git/index.lock");
  cpSync(entry, index);
  await expect(land(place, proposal)).rejects.toMatchObject({ code: "git/locked", message: `another git holds ${index}` });
  rmSync(index);
  expect(await land(place, proposal)).toMatchObject({ outcome: "landed", found: true });
  expect(existsSync(lock)).toBe(false);
});

test("two at once: of one proposal there is one merge; of two, one lands and the other says why", async () => {
  const same = copy();
  const both = await Promise.all([0, 1].map(() => cli(same.dir, ["proposal", "land", proposal.id], { expectExit: null })));
  expect(both.map(({ exitCode }) => exitCode)).toContain(0);
  expect(merges(same)).toEqual([`${proposal.base} ${proposal.head}`]);
  expect(same.git("status", "--porcelain", "--untracked-files=no")).toBe("");

  const place = copy();
  const answers = await Promise.all([proposal, other].map(({ id }) => cli(place.dir, ["proposal", "land", id], { expectExit: null })));
  const lost = answers.filter(({ exitCode }) => exitCode !== 0);
  expect(lost).toHaveLength(1);
  expect(lost[0]?.stderr).toMatch(/the base moved|is not at [0-9a-f]{10} any more|another git holds/);
  expect(merges(place)).toHaveLength(1);
  expect(place.git("status", "--porcelain", "--untracked-files=no")).toBe("");
  const loser = lost[0] === answers[0] ? proposal : other;
  // Nothing of it is lost: on the branch as it is now it is asked for anew.
  expect(await openRepository(findWorkspace(place.dir, {})).readRef(loser.ref)).toBe(loser.head);
  expect(await land(place, loser)).toMatchObject({ exit: "denied", hint: `agentctl proposal refresh ${loser.id}` });
  expect((await verifyAudit({ cwd: place.dir, env: {} })).faults).toEqual([]);
}, 120_000);
