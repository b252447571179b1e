import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { hostMemory, readMeminfo, requireMemory, requireRoom } from "../../src/operations/sandbox-limits.ts";
import { emptyScratch, manifestText, readReport, type ScratchState } from "../../src/operations/sandbox-report.ts";
import { folder } from "../support/workspace.ts";

const limits = { bytesMax: 1000, freeMemoryMin: 10 };

test("a scratch that is full refuses, names the largest files, and says how to make room", () => {
  const manifest = new Map([1, 500, 20, 600].map((bytes, n) => [`file-${n}`, { bytes, mark: "1:1" }]));
  expect(() => requireRoom({ ...emptyScratch, usage: 1000 }, limits)).not.toThrow();
  expect(() => requireRoom({ usage: 1121, truncated: false, manifest }, limits)).toThrow(
    expect.objectContaining({
      code: "sandbox/too-full",
      message: "scratch/ holds 1121 bytes; 1000 are allowed (scratch.bytesMax)",
      hint: expect.stringContaining("scratch/file-3 (600 bytes), scratch/file-1 (500 bytes), scratch/file-2 (20 bytes)") as string,
    }),
  );
});

test("a scratch that cannot be measured counts as full", () => {
  expect(() => requireRoom({ ...emptyScratch, truncated: true }, limits)).toThrow(expect.objectContaining({ code: "sandbox/too-full" }));
});

test("a machine without free memory refuses; what is not known does not", () => {
  expect(() => requireMemory({ availableKiB: 10, totalKiB: 100 }, limits)).not.toThrow();
  expect(() => requireMemory({ availableKiB: 9, totalKiB: 100 }, limits)).toThrow(
    expect.objectContaining({ code: "sandbox/no-memory", message: expect.stringContaining("has 9.0 % of its memory free; 10 % must stay free") as string }),
  );
  expect(() => requireMemory(undefined, limits)).not.toThrow();
  expect(() => requireMemory({ availableKiB: 0, totalKiB: 0 }, limits)).not.toThrow();
});

test("the machine's memory is read from the kernel where jobs run on this machine", () => {
  const path = join(folder(), "meminfo");
  writeFileSync(path, "MemTotal:       24683620 kB\nMemFree:        1 kB\nMemAvailable:   2468362 kB\n");
  expect(hostMemory({ remote: true }, path)).toBeUndefined();
  expect(hostMemory({ remote: false }, `${path}-none`)).toBeUndefined();
  expect(readMeminfo("MemTotal: 5 kB\nMemAvailable: 2 kB\n")).toEqual({ availableKiB: 2, totalKiB: 5 });
  expect(readMeminfo("MemTotal: 5 kB\n")).toBeUndefined();
});

const artifact = (path: string, data: string): { path: string; data: Buffer } => ({ path, data: Buffer.from(data) });
const report = (more: object, ...kept: { path: string; data: Buffer }[]) => ({
  outcome: "ok" as const,
  stderr: Buffer.from(""),
  artifacts: [
    artifact("report.json", JSON.stringify({ usage: 8, files: 1, truncated: false, manifest: {}, memory: [1, 2], changes: [], unlisted: 0, ...more })),
    ...kept,
  ],
});

test("a report says what changed; bytes that came with it are kept, and hash to what is recorded", () => {
  const changes = [
    { path: "a", bytes: 3, kept: 0 },
    { path: "b", bytes: 9_000_000 },
    { path: "c", removed: true },
    { path: "d\udcff", bytes: 1, kept: 7 },
  ];
  const found = readReport(report({ changes, manifest: { a: [3, "12:34"] } }, artifact("kept/0", "abc")), folder());
  expect(found.changes).toEqual([
    { path: "scratch/a", bytes: 3, sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { path: "scratch/b", bytes: 9_000_000 },
    { path: "scratch/c", removed: true },
    { path: "scratch/d\ufffd", bytes: 1 },
  ]);
  expect(found.state).toEqual({ usage: 8, truncated: false, manifest: new Map([["a", { bytes: 3, mark: "12:34" }]]) });
  expect(found.memory).toEqual({ availableKiB: 1, totalKiB: 2 });
});

test("a report that is none is an error, whatever it holds", () => {
  const bad = [
    { usage: -1 },
    { usage: "8" },
    { manifest: { a: [1] } },
    { manifest: { a: ["1", "2"] } },
    { memory: [1] },
    { changes: [{}] },
    { changes: [{ path: "a", kept: 99 }] },
    { truncated: null },
  ];
  for (const more of bad) expect(() => readReport(report(more), "")).toThrow(expect.objectContaining({ code: "sandbox/no-report" }));
  expect(() => readReport({ outcome: "oom", stderr: Buffer.from("Killed"), artifacts: [] }, "")).toThrow(/it ended as oom without one: Killed/);
  fc.assert(
    fc.property(fc.string(), (text) => {
      const broken = { outcome: "ok" as const, stderr: Buffer.from(""), artifacts: [artifact("report.json", text)] };
      expect(() => readReport(broken, "")).toThrow(expect.objectContaining({ code: "sandbox/no-report" }));
    }),
  );
});

test("a manifest goes out and comes back as it was, whatever the names are", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: "binary" }), fc.nat()), (sizes) => {
      const state: ScratchState = { ...emptyScratch, manifest: new Map(Object.entries(sizes).map(([path, bytes]) => [path, { bytes, mark: `${bytes}:1` }])) };
      const again = readReport(report({ manifest: JSON.parse(manifestText(state)) as object }), "").state.manifest;
      expect([...again].toSorted()).toEqual([...state.manifest].toSorted());
    }),
  );
});
