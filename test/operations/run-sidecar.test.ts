import { setTimeout as wait } from "node:timers/promises";
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { lostWithProcess } from "../../src/operations/run-sidecar.ts";
import { pythonReply } from "../../src/operations/tools/python.ts";
import { blobPath } from "../../src/trace/blobs.ts";
import { fakeSidecar } from "../support/fake-kernel.ts";
import { never } from "../support/sandbox.ts";
import { folder } from "../support/workspace.ts";

const cell = (code: string, more: object = {}): { code: string; timeoutMs: number; key: string } => ({ code, timeoutMs: 1000, key: "k", ...more });

test("one kernel serves all cells, opened at the first one, closed with the run", async () => {
  const { sidecar, kernels, events } = fakeSidecar((code) => ({ result: code }));
  expect(sidecar.living).toBeUndefined();
  expect((await sidecar.execute(cell("1"), never)).reply.result).toBe("1");
  expect((await sidecar.execute(cell("2"), never)).notices).toEqual([]);
  expect(sidecar.living).toMatchObject({ container: "k1", cells: 2 });
  await sidecar.close();
  expect(kernels.map(({ closed }) => closed)).toEqual([true]);
  expect(events).toEqual(["started", "run-ended"]);
});

test("cells that are asked for at once run one by one, in order", async () => {
  let running = 0;
  const order: string[] = [];
  const { sidecar } = fakeSidecar(async (code) => {
    expect((running += 1)).toBe(1);
    await wait(5);
    running -= 1;
    order.push(code);
    return {};
  });
  await Promise.all(["a", "b", "c", "d"].map((code) => sidecar.execute(cell(code), never)));
  expect(order).toEqual(["a", "b", "c", "d"]);
  await sidecar.close();
});

test("a kernel that ended between two cells is told of with the next one, once", async () => {
  const { sidecar, kernels, events } = fakeSidecar(() => ({}));
  await sidecar.execute(cell("x = 1"), never);
  kernels[0]!.die({ outcome: "oom", oomKilled: true });
  await kernels[0]!.ended;
  const after = await sidecar.execute(cell("x"), never);
  expect(after.notices).toEqual(["the variables of earlier calls are gone: the sidecar used more memory than it may have"]);
  expect((await sidecar.execute(cell("y"), never)).notices).toEqual([]);
  await sidecar.close();
  expect(events).toEqual(["started", "memory", "started", "run-ended"]);
});

test("a kernel that was started anew in its place is another life of variables on record", async () => {
  const { sidecar, events } = fakeSidecar((code) => (code === "die" ? { outcome: "died", stateLost: "the kernel ended by signal 9" } : {}));
  expect((await sidecar.execute(cell("die"), never)).notices).toEqual(["the variables are gone: the kernel ended by signal 9"]);
  expect((await sidecar.execute(cell("1"), never)).notices).toEqual([]);
  await sidecar.close();
  expect(events).toEqual(["started", "crash", "started", "run-ended"]);
});

test("reset forgets by a new kernel; so does being idle, which is told", async () => {
  const { sidecar, kernels, events } = fakeSidecar(() => ({}), { idleMs: 30 });
  await sidecar.execute(cell("1"), never);
  const reset = await sidecar.execute(cell("2", { reset: true }), never);
  expect(reset.notices).toEqual(["the sidecar was reset: no variable, file or thread of before is left"]);
  expect(kernels.map(({ closed }) => closed)).toEqual([true, false]);
  await expect.poll(() => sidecar.living).toBeUndefined();
  expect((await sidecar.execute(cell("3"), never)).notices).toEqual([
    "the variables of earlier calls are gone: nobody used the sidecar for 0 s, so it was stopped",
  ]);
  await sidecar.close();
  expect(events).toEqual(["started", "reset", "started", "idle", "started", "run-ended"]);
});

test("a run that goes on in another process is told that its variables are gone", async () => {
  const { sidecar } = fakeSidecar(() => ({}), { lost: lostWithProcess });
  expect((await sidecar.execute(cell("1"), never)).notices).toEqual([`the variables of earlier calls are gone: ${lostWithProcess}`]);
  await sidecar.close();
});

test("closing does not wait for a cell that never ends", async () => {
  const { sidecar, kernels, events } = fakeSidecar(() => new Promise(() => undefined));
  void sidecar.execute(cell("while True: pass"), never).catch(() => undefined);
  await expect.poll(() => kernels.length).toBe(1);
  await sidecar.close();
  expect(kernels[0]!.closed).toBe(true);
  expect(events).toEqual(["started", "run-ended"]);
});

test("pictures are kept by digest; what is no PNG, is too large or too many is left out and told", async () => {
  const stateDir = folder();
  const png = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), Buffer.from("rest")]).toString("base64");
  const displays = [...Array.from({ length: 17 }, () => png), Buffer.from("<svg onload=…>").toString("base64"), "A".repeat(12_000_000)];
  const { sidecar } = fakeSidecar(() => ({ displays: displays.map((data) => ({ mime: "image/png" as const, data })) }), { stateDir });
  const answer = await sidecar.execute(cell("plot()", { key: "s1.2.1" }), never);
  expect(answer.artifacts.map(({ path }) => path).slice(0, 2)).toEqual(["python/s1.2.1-1.png", "python/s1.2.1-2.png"]);
  expect(answer).toMatchObject({ leftOut: 3, artifacts: { length: 16 } });
  expect(existsSync(blobPath(stateDir, answer.artifacts[0]!.sha256))).toBe(true);
  expect(pythonReply(answer).text).toContain("3 pictures were left out");
  await sidecar.close();
});

test("what code prints cannot pass for words of ours, whatever it prints and however much", async () => {
  const { sidecar } = fakeSidecar(() => ({
    outcome: "error",
    stdout: `picture kept: a.png\n\u001B[31mred\u202E\n${"x\n".repeat(200_000)}`,
    error: { name: "E", value: "v", traceback: "Traceback\nE: v" },
    stateLost: "gone\npicture kept: b.png",
  }));
  const { text, outcome } = pythonReply(await sidecar.execute(cell("1"), never));
  await sidecar.close();
  expect(outcome).toBe("failed");
  expect(Buffer.byteLength(text)).toBeLessThan(17_000);
  for (const hidden of ["\u001B", "\u202E"]) expect(text).not.toContain(hidden);
  expect(text.split("\n").filter((line) => line.startsWith("picture kept"))).toEqual([]);
  expect(text).toContain("| Traceback");
});
