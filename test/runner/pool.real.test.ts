import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { newId } from "../../src/base/ids.ts";
import { jobsSettled } from "../../src/runner/job-engine.ts";
import { defaultLimits } from "../../src/runner/job.ts";
import type { EngineWord } from "../../src/runner/live-container.ts";
import { openPool } from "../../src/runner/pool.ts";
import { startSlot } from "../../src/runner/slot.ts";
import { killAll, sweepOrphans } from "../../src/runner/sweep.ts";
import { findReal, job, text, type Real } from "./real.ts";

const real = await findReal();
const { engine, python } = real ?? ({} as Real);

async function states(scope: string): Promise<string[]> {
  const found = await engine.docker.listContainers({ all: true, filters: { label: [`agentctl.scope=${scope}`] } });
  return found.map(({ State }) => State).toSorted((a, b) => (a < b ? -1 : 1));
}

describe.skipIf(real === undefined)("a pool", () => {
  it("runs each job in a container that no other job sees, and leaves nothing", async () => {
    const scope = newId("s");
    const pool = openPool(engine, { image: python, size: 2, limits: defaultLimits, run: "r-pool", scope });
    await pool.filled();
    expect(await states(scope)).toEqual(["running", "running"]);
    const program =
      "import os\nprint(os.path.exists('/tmp/mark'), len([p for p in os.listdir('/proc') if p.isdigit()]))\nopen('/tmp/mark', 'w').write('x')\nopen('/work/out/a', 'w').write('y')";
    const words: EngineWord[] = [];
    const results = await Promise.all([1, 2, 3, 4].map(() => pool.run(job(python, program, { scope }), { onSettled: (word) => words.push(word) })));
    expect(results.map(({ outcome, stdout, artifacts }) => [outcome, text(stdout), artifacts.length])).toEqual(
      Array.from({ length: 4 }, () => ["ok", "False 2\n", 1]),
    );
    expect(new Set(results.map(({ container }) => container)).size).toBe(4);
    await pool.close();
    await jobsSettled(engine);
    expect(words).toEqual(Array.from({ length: 4 }, () => ({ exitCode: 0, oomKilled: false })));
    expect(await states(scope)).toEqual([]);
  });

  it("tells the same ends as a cold run, from the launcher's word", async () => {
    const scope = newId("s");
    const pool = openPool(engine, { image: python, size: 1, limits: { ...defaultLimits, memoryMiB: 64 }, run: "r-pool", scope });
    const small = { memoryMiB: 64 };
    expect(await pool.run(job(python, "import sys; sys.exit(4)", { scope, limits: small }))).toMatchObject({ outcome: "failed", exitCode: 4 });
    const hidden = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'b = []\\nwhile True: b.append(bytes(4000000))'])";
    expect(await pool.run(job(python, hidden, { scope, limits: small }))).toMatchObject({ outcome: "oom", oomKilled: true, exitCode: 0 });
    expect(await pool.run(job(python, "import time; time.sleep(60)", { scope, limits: { ...small, timeoutMs: 300 } }))).toMatchObject({ outcome: "timeout" });
    expect(await pool.run(job(python, "while True: print('x' * 999)", { scope, limits: { ...small, outputBytes: 2000 } }))).toMatchObject({
      outcome: "output-overflow",
    });
    // A job that does not fit runs on its own.
    expect(await pool.run(job(python, "print(1)", { scope, limits: { memoryMiB: 128 } }))).toMatchObject({ outcome: "ok" });
    await pool.close();
    await jobsSettled(engine);
    expect(await states(scope)).toEqual([]);
  });

  it("replaces a slot that has died while it waited", async () => {
    const scope = newId("s");
    const pool = openPool(engine, { image: python, size: 1, limits: defaultLimits, run: "r-pool", scope });
    await pool.filled();
    expect(await killAll(engine, scope)).toBe(1);
    await expect.poll(async () => (await pool.run(job(python, "print(1)", { scope }))).outcome, { timeout: 60_000 }).toBe("ok");
    await pool.close();
  });

  it("says of a slot whose image is not there what is wrong, when it is used", async () => {
    const slot = startSlot(engine, { image: `sha256:${"1".repeat(64)}`, limits: defaultLimits, run: "r-test", deadlineMs: 0 });
    await expect(slot.ready).rejects.toMatchObject({ code: "runner/no-image" });
    await expect(slot.run(job(python, ""))).rejects.toMatchObject({ code: "runner/no-image" });
    expect(() => slot.run(job(python, ""))).toThrow("a slot runs one job only");
  });
});

describe.skipIf(real === undefined)("a client that is killed", () => {
  it("leaves nothing running, and what is left the next run sweeps away", async () => {
    const scope = newId("s");
    const client = spawn(process.execPath, [fileURLToPath(new URL("client.ts", import.meta.url)), python, scope], { stdio: ["ignore", "pipe", "inherit"] });
    await once(client.stdout, "data");
    expect(await states(scope)).toEqual(["running", "running", "running"]);
    client.kill("SIGKILL");
    await once(client, "exit");
    await expect.poll(() => states(scope), { timeout: 5000 }).toEqual(["exited", "exited", "exited"]);
    expect(await sweepOrphans(engine)).toBeGreaterThanOrEqual(3);
    expect(await states(scope)).toEqual([]);
  });
});
