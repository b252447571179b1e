import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { processStart } from "../../src/base/process-start.ts";
import { formatOwner, isAlive, parseOwner, thisOwner } from "../../src/runner/owner.ts";
import { isOrphan } from "../../src/runner/sweep.ts";

const label = (owner = thisOwner()): Record<string, string> => ({ "agentctl.owner": formatOwner(owner), "agentctl.deadline": "1000000" });

describe("an owner", () => {
  it("is written and read back", () => {
    expect(parseOwner(formatOwner(thisOwner()))).toEqual(thisOwner());
    expect(thisOwner()).toMatchObject({ pid: process.pid, host: expect.stringMatching(/^[0-9a-f]{16}$/) as string });
    for (const bad of ["", "x", "0123456789abcdef:0:1", "0123456789abcdef:1", "0123456789abcdef:1:-1", "../etc:1:1"]) expect(parseOwner(bad)).toBeUndefined();
  });

  it("lives while its process lives, and not in another that has its pid", async () => {
    expect(isAlive(thisOwner())).toBe(true);
    expect(isAlive({ ...thisOwner(), start: thisOwner().start + 1 })).toBe(false);
    expect(isAlive({ ...thisOwner(), host: "0".repeat(16) })).toBeUndefined();
    const child = spawn("sleep", ["60"]);
    const pid = child.pid ?? 0;
    expect(isAlive({ ...thisOwner(), pid, start: 0 })).toBe(true);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(isAlive({ ...thisOwner(), pid, start: 0 })).toBe(false);
  });
});

it.skipIf(process.platform !== "linux")("a process that has ended and that nobody has waited for owns nothing any more", async () => {
  // The shell becomes a program that does not wait for what the shell started.
  const parent = spawn("sh", ["-c", "sleep 60 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const pid = Number(line);
  const owner = { ...thisOwner(), pid, start: Number(processStart(pid)) };
  expect(isAlive(owner)).toBe(true);
  process.kill(pid, "SIGKILL");
  await expect.poll(() => readFileSync(`/proc/${pid}/stat`, "utf8")).toMatch(/\) Z /);
  expect(isAlive(owner)).toBe(false);
  parent.kill("SIGKILL");
});

describe("an orphan", () => {
  it("has a dead owner on this host, or a deadline long passed", () => {
    expect(isOrphan(label(), 1_000_000)).toBe(false);
    expect(isOrphan(label({ ...thisOwner(), start: 1 }), 1_000_000)).toBe(true);
    expect(isOrphan(label({ ...thisOwner(), host: "f".repeat(16), start: 1 }), 1_000_000)).toBe(false);
    expect(isOrphan(label({ ...thisOwner(), host: "f".repeat(16) }), 1_060_001)).toBe(true);
    expect(isOrphan(label(), 1_059_999)).toBe(false);
  });

  it("is not judged by labels that cannot be read", () => {
    expect(isOrphan({ "agentctl.owner": "somebody", "agentctl.deadline": "tomorrow" }, 5e12)).toBe(false);
  });
});
