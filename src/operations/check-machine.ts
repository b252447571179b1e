import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { atLeast, attempt, miss, ok, warn, type Check } from "./check.ts";

const mebi = 1024 * 1024;
const wanted = { node: "24.15.0", git: "2.39.0" };

/** The machine: Node, git, and room on the disk and in memory. `folder` is where the state lies, or will. */
export async function checkMachine(folder: string, memoryMiB: number): Promise<Check[]> {
  return [
    ...checkNode(process.versions.node),
    ...(await attempt("git", () => checkGit())),
    ...(await attempt("disk", () => checkDisk(folder), false)),
    checkMemory(memoryMiB),
  ];
}

/** Node, by its version. */
export function checkNode(version: string): Check[] {
  if (atLeast(version, wanted.node)) return [ok("node", `node ${version}`)];
  return [miss("node", `node ${version}; agentctl needs ${wanted.node} or newer`, "npm install --save-dev node@24")];
}

async function checkGit(): Promise<Check> {
  const { gitVersion } = await import("../git/init.ts");
  const version = await gitVersion(process.cwd());
  if (atLeast(version, wanted.git)) return ok("git", `git ${version}`);
  return miss(
    "git",
    `git ${version}; older than ${wanted.git} it ignores switches that close doors (core.fsync, safe.bareRepository)`,
    "install git 2.39 or newer",
  );
}

async function checkDisk(folder: string): Promise<Check> {
  let there = folder;
  while (!existsSync(there) && there !== dirname(there)) there = dirname(there);
  const { bavail, bsize } = await statfs(there);
  return judgeDisk((bavail * bsize) / mebi, there);
}

/** Free space, in MiB: without some, nothing can be recorded, and what cannot be recorded does not run. */
export function judgeDisk(freeMiB: number, folder: string): Check {
  const found = `disk ${shown(freeMiB)} free for ${folder}`;
  if (freeMiB < 200) return miss("disk", found, "free some space, or set AGENTCTL_STATE_DIR to another disk");
  return freeMiB < 2048 ? warn("disk", found, "free some space: journals and images grow") : ok("disk", found);
}

function checkMemory(memoryMiB: number): Check {
  return judgeMemory(process.availableMemory() / mebi, memoryMiB);
}

/** Memory, in MiB, against what a job may take. */
export function judgeMemory(availableMiB: number, wantedMiB: number): Check {
  const found = `memory ${shown(availableMiB)} available; a job may take ${shown(wantedMiB)}`;
  return availableMiB < wantedMiB + 256 ? warn("memory", found, "lower limits.memoryMiB in agentctl.yaml") : ok("memory", found);
}

function shown(mib: number): string {
  return mib >= 1024 ? `${(mib / 1024).toFixed(1)} GiB` : `${Math.round(mib)} MiB`;
}
