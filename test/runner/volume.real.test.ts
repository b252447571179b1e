import { spawn } from "node:child_process";
import { createReadStream, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { newId } from "../../src/base/ids.ts";
import type { VolumeContent } from "../../src/runner/fill-volume.ts";
import { jobsSettled } from "../../src/runner/job-engine.ts";
import { runJob } from "../../src/runner/run-job.ts";
import { killAll } from "../../src/runner/sweep.ts";
import { isForgotten, ownVolumes, sweepVolumes } from "../../src/runner/sweep-volumes.ts";
import { ensureVolume, findVolume, markName, removeByName, removeVolume, type VolumeWanted } from "../../src/runner/volume.ts";
import { describeReal } from "../support/engine.ts";
import { folder } from "../support/workspace.ts";
import { findReal, job, text, type JobChanges, type Real } from "./real.ts";

const real = await findReal();
const { engine, shell } = real ?? ({} as Real);
const scope = `test${newId("v").slice(2)}`;

const view = (key: string, files: Record<string, string> = { "src/a.txt": "one\n" }): VolumeWanted => ({
  kind: "view",
  scope,
  key,
  image: shell,
  content: (): VolumeContent => ({
    uid: 0,
    folders: ["scratch"],
    files: Object.entries(files).map(([path, data]) => ({ path, bytes: Buffer.byteLength(data), executable: false, data: Buffer.from(data) })),
  }),
});
const scratch = (key: string): VolumeWanted => ({ ...view(key), kind: "scratch", content: () => ({ uid: 65_534, folders: ["input"], files: [] }) });

const inside = async (program: string, more: JobChanges): Promise<{ outcome: string; said: string }> => {
  const result = await runJob(engine, job(shell, "", { command: ["bash", "-c", program], cwd: "/", scope, ...more }));
  return { outcome: result.outcome, said: text(result.stdout) + text(result.stderr) };
};

afterAll(async () => {
  if (real === undefined) return;
  await jobsSettled(engine);
  for (const { Name } of await ownVolumes(engine, scope)) await removeByName(engine.docker, Name);
});

describeReal("volumes", () => {
  test("a view is read-only and belongs to nobody who runs there; scratch is theirs", async () => {
    const [read, write] = [await ensureVolume(engine, view("v1")), await ensureVolume(engine, scratch("r-1"))];
    expect([read.made, write.made]).toEqual([true, true]);
    const mounts = [
      { volume: read.volume, target: "/workspace", writes: false },
      { volume: write.volume, target: "/workspace/scratch", writes: true },
    ];
    const program =
      "cat /workspace/src/a.txt; cd /workspace/scratch && echo two > b.txt && stat -c %u:%a . b.txt; touch /workspace/src/c; touch /workspace/d; id -u";
    const { said } = await inside(program, { mounts });
    expect(said).toMatch(/^one\n65534:755\n65534:644\n65534\n/);
    expect(said.match(/Read-only file system/g)).toHaveLength(2);
    const again = await inside("cat /workspace/scratch/b.txt; echo x > /workspace/scratch/b.txt", {
      mounts: mounts.map((mount) => ({ ...mount, writes: false })),
    });
    expect(again.said).toMatch(/^two\n.*Read-only file system/s);
  });

  test("no file grows beyond what a job was given", async () => {
    const { volume } = await ensureVolume(engine, scratch("r-fsize"));
    const mounts = [{ volume, target: "/workspace/scratch", writes: true }];
    const { said } = await inside("head -c 3000000 /dev/zero > /workspace/scratch/big; stat -c %s /workspace/scratch/big", { mounts, fileBytesMax: 2_000_000 });
    expect(said).toContain("2000000");
  });

  test("is made once, also by two processes at a time; each believes the same one, and no other stays", async () => {
    const client = fileURLToPath(new URL("volume-client.ts", import.meta.url));
    const one = (): Promise<string> =>
      new Promise((resolve, reject) => {
        let said = "";
        const child = spawn(process.execPath, [client, shell, scope, "shared"]);
        child.stdout.on("data", (data: Buffer) => (said += data.toString()));
        child.once("error", reject).once("close", () => resolve(said));
      });
    const names = await Promise.all([one(), one(), one()]);
    expect(names[0]).toMatch(/^agentctl-view-/);
    expect(new Set(names).size).toBe(1);
    expect(
      (await ownVolumes(engine, scope))
        .filter(({ Name }) => Name.includes("-shared"))
        .map(({ Name }) => Name)
        .toSorted(),
    ).toEqual([markName(view("shared")), names[0]?.trim() ?? ""].toSorted());
  });

  test("a filling that breaks off leaves nothing that is believed, and nothing at all", async () => {
    const broken = { ...view("broken"), content: (): VolumeContent => ({ uid: 0, folders: [], files: failing() }) };
    await expect(ensureVolume(engine, broken)).rejects.toThrow(/./);
    expect(await findVolume(engine, broken)).toBeUndefined();
    expect((await ownVolumes(engine, scope)).filter(({ Name }) => Name.includes("broken"))).toEqual([]);
    const stop = new AbortController();
    const slow = { ...view("broken"), content: (): VolumeContent => ({ uid: 0, folders: [], files: aborting(stop) }) };
    await expect(ensureVolume(engine, slow, stop.signal)).rejects.toThrow("enough");
    expect((await ownVolumes(engine, scope)).filter(({ Name }) => Name.includes("broken"))).toEqual([]);
  });

  test("a file of 200 MB goes in without being held in memory", async () => {
    const path = join(folder(), "large");
    writeFileSync(path, "");
    truncateSync(path, 200 * 1024 * 1024);
    const files = [{ path: "input/large", bytes: 200 * 1024 * 1024, executable: false, data: () => createReadStream(path) }];
    const before = process.memoryUsage().rss;
    const { volume } = await ensureVolume(engine, { ...scratch("r-large"), content: () => ({ uid: 65_534, folders: [], files }) });
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
    const { said } = await inside("stat -c %s /s/input/large", { mounts: [{ volume, target: "/s", writes: false }] });
    expect(said.trim()).toBe(String(200 * 1024 * 1024));
  });

  test("a volume that somebody removed is missed, not replaced by an empty one; the next time it is made again", async () => {
    const wanted = view("gone");
    const { volume } = await ensureVolume(engine, wanted);
    await removeByName(engine.docker, volume);
    const mounts = [{ volume, target: "/workspace", writes: false }];
    await expect(inside("ls /workspace", { mounts })).rejects.toMatchObject({ code: "runner/no-volume" });
    await jobsSettled(engine);
    const again = await ensureVolume(engine, wanted);
    expect(again.made).toBe(true);
    expect((await inside("cat /workspace/src/a.txt", { mounts: [{ ...mounts[0]!, volume: again.volume }] })).said).toBe("one\n");
  });

  test("a volume of another workspace, one that is a folder of the host, and a view to write to are refused", async () => {
    const { volume } = await ensureVolume(engine, view("mine"));
    const mounts = [{ volume, target: "/workspace", writes: false }];
    await expect(inside("true", { mounts, scope: "another" })).rejects.toMatchObject({ code: "runner/not-hardened" });
    await expect(inside("true", { mounts: [{ ...mounts[0]!, writes: true }] })).rejects.toMatchObject({ code: "runner/not-hardened" });
    const name = `${volume}x`;
    await engine.docker.createVolume({
      Name: name,
      Driver: "local",
      DriverOpts: { type: "none", o: "bind", device: "/etc" },
      Labels: { "agentctl.volume": "view", "agentctl.scope": scope },
    });
    await expect(inside("cat /workspace/passwd", { mounts: [{ volume: name, target: "/workspace", writes: false }] })).rejects.toMatchObject({
      code: "runner/not-hardened",
    });
    await jobsSettled(engine);
    expect(await removeByName(engine.docker, name)).toBe(true);
  });

  test("a halt kills the jobs and leaves their volumes; a sweep takes what belongs to no run, and nothing that is younger", async () => {
    const { volume } = await ensureVolume(engine, scratch("r-halted"));
    const mounts = [{ volume, target: "/s", writes: true }];
    const running = runJob(
      engine,
      job(shell, "", { command: ["bash", "-c", "echo kept > /s/note; sleep 60"], cwd: "/", scope, mounts, limits: { timeoutMs: 70_000 } }),
    );
    await expect.poll(async () => (await inside("cat /s/note", { mounts: [{ ...mounts[0]!, writes: false }] })).said, { timeout: 20_000 }).toBe("kept\n");
    expect(await killAll(engine, scope)).toBeGreaterThan(0);
    expect((await running).outcome).toBe("cancelled");
    expect((await inside("cat /s/note", { mounts })).said).toBe("kept\n");
    await jobsSettled(engine);
    expect(await sweepVolumes(engine, { scope, isKnown: () => false })).toBe(0);
    expect(await findVolume(engine, scratch("r-halted"))).toBe(volume);
    const later = { scope, nowMs: Date.now() + 2 * 3_600_000 };
    const others = (run: string): boolean => run !== "r-halted";
    expect(await sweepVolumes(engine, { ...later, isKnown: () => true })).toBe(0);
    expect(await sweepVolumes(engine, { ...later, isKnown: others })).toBe(1);
    expect(await findVolume(engine, scratch("r-halted"))).toBeUndefined();
    const old = await ensureVolume(engine, view("old"));
    expect(await sweepVolumes(engine, { scope, nowMs: Date.now() + 8 * 86_400_000, isKnown: () => true })).toBeGreaterThan(0);
    expect(await findVolume(engine, view("old"))).toBeUndefined();
    expect((await ownVolumes(engine, scope)).map(({ Name }) => Name)).not.toContain(old.volume);
    await ensureVolume(engine, scratch("r-over"));
    expect(await removeVolume(engine, scratch("r-over"))).toBe(true);
    expect(await findVolume(engine, scratch("r-over"))).toBeUndefined();
  });

  test("a volume without a mark is forgotten when the process that filled it is dead, or after an hour", () => {
    const found = (owner: string, CreatedAt: string) => ({ Name: "x", Labels: { "agentctl.owner": owner }, CreatedAt });
    const nowMs = Date.parse("2026-11-28T12:00:00Z");
    expect(isForgotten(found("0123456789abcdef:1:1", "2026-11-28T11:30:00Z"), nowMs)).toBe(false);
    expect(isForgotten(found("0123456789abcdef:1:1", "2026-11-28T10:30:00Z"), nowMs)).toBe(true);
    expect(isForgotten(found("?", "no time"), nowMs)).toBe(false);
  });
});

async function* failing(): AsyncGenerator<{ path: string; bytes: number; executable: boolean; data: Uint8Array }> {
  yield { path: "a", bytes: 1, executable: false, data: Buffer.from("a") };
  await Promise.resolve();
  throw new Error("the source is gone");
}

async function* aborting(stop: AbortController): AsyncGenerator<{ path: string; bytes: number; executable: boolean; data: Uint8Array }> {
  yield { path: "a", bytes: 1, executable: false, data: Buffer.from("a") };
  stop.abort(new Error("enough"));
  await new Promise((resolve) => setTimeout(resolve, 50));
  yield { path: "b", bytes: 1, executable: false, data: Buffer.from("a") };
}
