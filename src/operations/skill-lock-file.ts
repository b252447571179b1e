import { closeSync, existsSync, lstatSync, mkdirSync, openSync, renameSync, unlinkSync, writeSync, fsyncSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { systemClock } from "../base/clock.ts";
import { AgentctlError, messageOf } from "../base/errors.ts";
import { lockPath, writeLock, type LockEntry, type SkillLock } from "../skill/lock.ts";
import { readWorkingLock } from "./skill-shelf.ts";

const patienceMs = 5_000;

/**
 * Changes skills/lock.yaml as one step, whoever else does so at the same time: the new text is written to a file that only one process can make
 * (as git does with its index), then put in place. A lock that cannot be read is never overwritten.
 * Errors: `skill/lock-busy`, `skill/bad-lock`, `skill/not-written`.
 */
export async function changeLock(root: string, change: (lock: Map<string, LockEntry>) => void): Promise<SkillLock> {
  const path = join(root, lockPath);
  openSkillsFolder(root);
  const next = `${path}.new`;
  const file = await openAlone(next);
  try {
    const { lock, findings } = readWorkingLock(root);
    if (lock === undefined) {
      throw new AgentctlError("skill/bad-lock", `${lockPath} cannot be read: ${findings[0]?.message ?? "it is broken"}`, {
        hint: `git checkout -- ${lockPath}`,
        exit: "usage",
        details: findings,
      });
    }
    const changed = new Map(lock);
    change(changed);
    writeSync(file, writeLock(changed));
    fsyncSync(file);
    renameSync(next, path);
    return changed;
  } catch (cause) {
    if (existsSync(next)) unlinkSync(next);
    throw cause instanceof AgentctlError ? cause : notWritten(lockPath, cause);
  } finally {
    closeSync(file);
  }
}

/** Makes skills/ when it is missing; a link in its place is refused. */
export function openSkillsFolder(root: string): string {
  const folder = join(root, dirname(lockPath));
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found === undefined) mkdirSync(folder);
  else if (!found.isDirectory()) throw new AgentctlError("skill/not-written", `skills is a link or a file, not a folder`, { exit: "usage" });
  return folder;
}

/** What the file system said when something of skills/ was to be written. */
export function notWritten(path: string, cause: unknown): AgentctlError {
  return new AgentctlError("skill/not-written", `${path} cannot be written: ${messageOf(cause)}`, { cause });
}

async function openAlone(path: string): Promise<number> {
  const untilMs = systemClock.monotonicMs() + patienceMs;
  for (;;) {
    try {
      return openSync(path, "wx", 0o644);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw notWritten(lockPath, cause);
      if (systemClock.monotonicMs() > untilMs) {
        throw new AgentctlError("skill/lock-busy", `${lockPath} is being changed by another process, or one was stopped in the middle`, {
          hint: `when no other agentctl runs: rm ${path}`,
        });
      }
      await wait(20);
    }
  }
}
