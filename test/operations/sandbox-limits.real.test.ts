import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Sandbox, SandboxResult } from "../../src/operations/sandbox.ts";
import { connectEngine } from "../../src/runner/engine.ts";
import { sweepOrphans } from "../../src/runner/sweep.ts";
import { writeFile } from "../../src/operations/tools/write-file.ts";
import { describeReal } from "../support/engine.ts";
import { never, sandboxWorkspace, type SandboxWorkspace } from "../support/sandbox.ts";
import { containersOf } from "../support/skills.ts";
import { callTool, toolContext } from "../support/tool-call.ts";

let place: SandboxWorkspace;

beforeAll(async () => {
  place = await sandboxWorkspace({}, "profile: small\nscratch:\n  bytesMax: 20000000\n");
});
afterAll(() => place.clean());

const run = (sandbox: Sandbox, command: string, timeoutMs = 60_000): Promise<SandboxResult> =>
  sandbox.run({ runner: "shell", command: ["bash", "-c", command], cwd: "/workspace/scratch", limits: { timeoutMs }, writes: true }, never);

describeReal("a scratch's limit", () => {
  test("above it nothing more is written, reading goes on, and emptying a file makes room", async () => {
    const sandbox = await place.open("r-full");
    const filled = await run(sandbox, "for n in 1 2 3; do head -c 9000000 /dev/zero > $n; done");
    expect(filled).toMatchObject({ outcome: "ok", overfull: false });
    await expect(run(sandbox, "true")).rejects.toMatchObject({
      code: "sandbox/too-full",
      hint: expect.stringMatching(/scratch\/1 \(9000000 bytes\)/) as string,
    });
    // Also for whoever opens it again.
    await expect(run(await place.open("r-full"), "true")).rejects.toMatchObject({ code: "sandbox/too-full" });
    const call = (path: string, content: string) => callTool(writeFile, { path, content }, toolContext(place, sandbox));
    expect(await call("scratch/new", "x")).toMatchObject({ outcome: "failed", data: { error: "sandbox/too-full" } });
    expect((await sandbox.run({ runner: "shell", command: ["ls", "scratch"] }, never)).outcome).toBe("ok");
    expect((await call("scratch/1", "")).outcome).toBe("ok");
    expect((await run(sandbox, "rm 2")).changes).toEqual([{ path: "scratch/2", removed: true }]);
  });

  test("a job that goes on filling it is stopped; what a folder without rights hides counts too", async () => {
    const sandbox = await place.open("r-filling");
    const stopped = await run(sandbox, "mkdir hidden; for n in $(seq 1 2000); do head -c 4000000 /dev/zero > hidden/$n; sleep 0.2; done");
    expect(stopped).toMatchObject({ outcome: "cancelled", overfull: true });
    expect(stopped.durationMs).toBeLessThan(50_000);
    const hiding = await place.open("r-hiding");
    await run(hiding, "mkdir h; for n in 1 2 3 4 5 6; do head -c 4000000 /dev/zero > h/$n; done; chmod 000 h");
    await expect(run(hiding, "true")).rejects.toMatchObject({ code: "sandbox/too-full" });
  });

  test("without free memory nothing starts", async () => {
    // A machine on which anything runs never has all of its memory free.
    const hungry = await sandboxWorkspace({}, "profile: small\nscratch:\n  freeMemoryMin: 100\n");
    try {
      const sandbox = await hungry.open("r-hungry");
      await expect(run(sandbox, "true")).rejects.toMatchObject({ code: "sandbox/no-memory" });
      await expect(sandbox.run({ runner: "shell", command: ["true"] }, never)).rejects.toMatchObject({ code: "sandbox/no-memory" });
    } finally {
      await hungry.clean();
    }
  });
});

describeReal("a process that is killed", () => {
  test("leaves no container, and its scratch is found again", async () => {
    const client = spawn(process.execPath, [fileURLToPath(new URL("sandbox-client.ts", import.meta.url)), place.dir, "r-killed"]);
    let said = "";
    client.stdout.on("data", (data: Buffer) => (said += data.toString()));
    await expect.poll(() => said, { timeout: 60_000 }).toMatch(/^agentctl-scratch-.*\n/);
    await expect.poll(async () => (await containersOf(place.dir, "running")).length, { timeout: 60_000 }).toBeGreaterThan(0);
    client.kill("SIGKILL");
    await expect.poll(async () => (await containersOf(place.dir, "running")).length, { timeout: 30_000 }).toBe(0);
    const again = await place.open("r-killed");
    expect(again.volume).toBe(said.trim());
    const result = await run(again, "cat kept");
    expect(Buffer.from(result.stdout).toString()).toBe("kept\n");
    await again.close();
    await sweepOrphans(await connectEngine());
    expect(await containersOf(place.dir)).toEqual([]);
  });
});
