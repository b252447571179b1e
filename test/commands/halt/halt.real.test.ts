import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { cli } from "../../support/cli.ts";
import { describeReal } from "../../support/engine.ts";
import { containersOf, recordsOf, skill, skillWorkspace } from "../../support/skills.ts";

const slow = skill("slow", "import time\ntime.sleep(60)", { metadata: { "timeout-ms": "60000" } });

/** A run of the slow skill in a process of its own, once its container runs. */
async function running(dir: string, count: number): Promise<{ children: ChildProcess[]; ended: Promise<(number | null)[]> }> {
  const entry = fileURLToPath(new URL("../../../bin/dev.js", import.meta.url));
  const children = Array.from({ length: count }, () => spawn(process.execPath, [entry, "skill", "run", "slow"], { cwd: dir, stdio: "ignore" }));
  const ended = Promise.all(children.map((child) => new Promise<number | null>((done) => child.once("exit", done))));
  await expect.poll(async () => (await containersOf(dir)).length, { timeout: 20_000 }).toBe(count);
  await expect
    .poll(() => recordsOf(dir).filter((records) => records.some((record) => record.kind === "skill.started")).length, { timeout: 20_000 })
    .toBe(count);
  return { children, ended };
}

describeReal("halt", () => {
  test("stops running work in every process within two seconds, and holds until a person releases it", async () => {
    const { dir, git } = skillWorkspace(slow);
    const { ended } = await running(dir, 2);
    const from = systemClock.monotonicMs();
    const { json } = await cli(dir, ["halt", "--reason", "odd orders", "--json"]);
    const result = json() as { durationMs: number };
    expect(result).toMatchObject({ halted: true, reason: "odd orders", runsStopped: 2, warnings: [] });
    expect(result.durationMs).toBeLessThan(2000);
    expect(await ended).toEqual([9, 9]);
    expect(systemClock.monotonicMs() - from).toBeLessThan(6000);
    expect(await containersOf(dir)).toEqual([]);

    const outcomes = recordsOf(dir).map((records) => records.at(-1)?.data["outcome"]);
    expect(outcomes.toSorted()).toEqual(["halted", "halted", "ok"]);
    expect(
      recordsOf(dir)
        .flat()
        .find((record) => record.kind === "halt.set")?.data,
    ).toMatchObject({ reason: "odd orders", runsStopped: 2 });

    git("clean", "-xfdq");
    const refused = await cli(dir, ["skill", "run", "slow"], { expectExit: 9 });
    expect(refused.stderr).toMatch(/^error {2}halted by \S+: odd orders\nmend {3}agentctl halt release/m);
    const status = await cli(dir, ["halt", "status", "--json"], { expectExit: 9 });
    expect(status.json()).toMatchObject({ halted: true, reason: "odd orders" });

    await cli(dir, ["halt", "release", "--reason", "reconciled"], { expectExit: 2 });
    await cli(dir, ["halt", "status"], { expectExit: 9 });
    await cli(dir, ["halt", "release", "--reason", "reconciled", "--yes"]);
    await cli(dir, ["halt", "status"]);
    expect(
      recordsOf(dir)
        .flat()
        .find((record) => record.kind === "halt.released")?.data,
    ).toMatchObject({ reason: "reconciled" });
    await cli(dir, ["audit", "verify"]);
  });

  test("kills a process that does not answer, and its container", async () => {
    const { dir } = skillWorkspace(slow);
    const { children, ended } = await running(dir, 1);
    children[0]!.kill("SIGSTOP");
    const { json } = await cli(dir, ["halt", "--json"]);
    expect(json()).toMatchObject({ runsStopped: 1, containersKilled: 1 });
    expect((json() as { durationMs: number }).durationMs).toBeLessThan(2000);
    expect(await ended).toEqual([null]);
    expect(await containersOf(dir)).toEqual([]);
  });

  test("takes hold without an engine and with a ledger that cannot be read", async () => {
    const { dir, write } = skillWorkspace(slow);
    write({ ".git/agentctl/ledger.db": "not a database ".repeat(100) });
    const { json } = await cli(dir, ["halt", "--reason", "broken", "--json"], { env: { DOCKER_HOST: "unix:///nonexistent.sock", PATH: "/nonexistent" } });
    expect(json()).toMatchObject({ halted: true });
    expect((json() as { warnings: string[] }).warnings.join("\n")).toMatch(/could not be looked up/);
    await cli(dir, ["halt", "status"], { expectExit: 9 });
  });

  test("interrupting a run ends its container, and the run is on record as interrupted", async () => {
    const { dir } = skillWorkspace(slow);
    const { children, ended } = await running(dir, 1);
    children[0]!.kill("SIGINT");
    expect(await ended).toEqual([130]);
    await expect.poll(() => containersOf(dir)).toEqual([]);
    expect(recordsOf(dir)[0]?.map((record) => record.kind)).toEqual([
      "run.started",
      "decision.made",
      "budget.reserved",
      "skill.started",
      "skill.finished",
      "budget.settled",
      "run.finished",
    ]);
    expect(recordsOf(dir)[0]?.at(-1)?.data).toMatchObject({ outcome: "interrupted" });
  });
});

test("halting needs a repository, and nothing to run", async () => {
  const { dir } = skillWorkspace({});
  expect((await cli(dir, ["halt", "status"])).stdout).toBe("not halted\n");
  const { stdout } = await cli(join(dir, "policies"), ["halt"]);
  expect(stdout).toMatch(/^halted {2}\d\.\d s · 0 runs stopped · nothing left running\n$/);
  expect((await cli(dir, ["halt", "release", "--reason", "drill", "--yes"])).stdout).toMatch(/^released {2}r-\w{10}\n$/);
  expect((await cli(dir, ["halt", "release", "--reason", "drill", "--yes"])).stdout).toBe("not halted; nothing to release\n");
});
