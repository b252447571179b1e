import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { yamlLimits } from "../base/document.ts";
import { AgentctlError } from "../base/errors.ts";
import type { Finding } from "../base/finding.ts";
import { nearest } from "../base/suggest.ts";
import { openRepository, type Repository } from "../git/repository.ts";
import { readFolder } from "../scan/folder.ts";
import { listFiles, skillDigest } from "../skill/digest.ts";
import { lockPath, readLock, type LockEntry, type SkillLock } from "../skill/lock.ts";
import { isSkillName } from "../skill/name.ts";
import { readSkill } from "../skill/read.ts";
import { skillBounds, type ReadMode, type Skill, type SkillInput } from "../skill/skill.ts";
import { trustOf, type Trust } from "../skill/trust.ts";
import { findWorkspace, type Workspace } from "../workspace/find.ts";
import { packageRoot } from "../workspace/package.ts";
import { authorityCommit } from "./load-authority.ts";

/** A skill as it lies on disk, whether or not it can be used. */
export interface ShelvedSkill {
  name: string;
  /** workspace: in its skills/; package: came with agentctl. */
  origin: "workspace" | "package";
  /** As findings name it: `skills/<name>`. */
  folder: string;
  /** Absolute. */
  path: string;
  /** Where it came from, when the working tree's lock says that it is not ours. */
  lock?: LockEntry | undefined;
  mode: ReadMode;
  trust: Trust;
  digest: string;
  /** Plain files only; what else lies there is in the findings. */
  files: SkillInput[];
  skill?: Skill | undefined;
  findings: Finding[];
}

export interface SkillPlace {
  name: string;
  origin: "workspace" | "package";
  /** A skill of the package by the same name is hidden by this one. */
  shadows: boolean;
}

/** The skills of a workspace and of the package, and what is known of those from elsewhere. */
export interface SkillShelf {
  workspace: Workspace;
  repository: Repository;
  /** Of the working tree, and of the commit that policy is read from; undefined when it cannot be read, and then nothing is trusted. */
  workingLock: SkillLock | undefined;
  protectedLock: SkillLock | undefined;
  /** What is wrong with the lock. */
  findings: Finding[];
  /** The workspace's first, then the package's that it does not have; each by name. */
  places: SkillPlace[];
  /** Errors: `skill/bad-name`, `skill/unknown` with the nearest name. */
  place(name: string): SkillPlace;
  /** Where a skill by this name is already, if only in a lock. */
  taken(name: string): SkillPlace["origin"] | "lock" | undefined;
  /** `compile: false` is quicker, and leaves it open whether the schemas of input and output can be used. */
  read(place: Pick<SkillPlace, "name" | "origin">, options?: { compile?: boolean }): Promise<ShelvedSkill>;
}

/** Where a shelf stands, for callers that have found it out already; `commit` is the one that policy is read from. */
export interface ShelfPlace {
  workspace: Workspace;
  repository: Repository;
  commit: string | undefined;
  /** That commit's lock, where it has been read already; null when there is none. */
  lock?: Uint8Array | null;
}

/** Opens the shelf of the workspace around `cwd`. Reads the locks, no skill yet. */
export async function openShelf(asked: { cwd: string; env: NodeJS.ProcessEnv }, known?: ShelfPlace): Promise<SkillShelf> {
  const { workspace, repository, commit, lock } = known ?? (await shelfPlace(asked));
  const working = readWorkingLock(workspace.root);
  const data = lock !== undefined ? lock : commit === undefined ? null : await repository.readPath(commit, lockPath);
  const committed = readProtectedLock(data ?? undefined, commit);
  const places = listPlaces(workspace.root);
  const place = (name: string): SkillPlace => {
    const found = places.find((candidate) => candidate.name === name);
    if (found !== undefined) return found;
    if (!isSkillName(name)) throw badName(name);
    const near = nearest(
      name,
      places.map((candidate) => candidate.name),
    );
    throw new AgentctlError("skill/unknown", `there is no skill ${JSON.stringify(name)}`, {
      hint: near === undefined ? "agentctl skill" : `did you mean ${near}?  agentctl skill show ${near}`,
      exit: "usage",
    });
  };
  return {
    workspace,
    repository,
    workingLock: working.lock,
    protectedLock: committed.lock,
    findings: [...working.findings, ...committed.findings],
    places,
    place,
    taken: (name) =>
      places.find((candidate) => candidate.name === name)?.origin ??
      (working.lock?.has(name) === true || committed.lock?.has(name) === true ? "lock" : undefined),
    read: (at, options) => readShelved(workspace, at, { working: working.lock, protected: committed.lock }, options),
  };
}

async function shelfPlace({ cwd, env }: { cwd: string; env: NodeJS.ProcessEnv }): Promise<ShelfPlace> {
  const workspace = findWorkspace(cwd, env);
  const repository = openRepository(workspace);
  return { workspace, repository, commit: await authorityCommit(repository, workspace, env) };
}

/** A name that another skill has; `hint` says what to do. */
export function nameTaken(name: string, where: string, hint: string): AgentctlError {
  return new AgentctlError("skill/exists", `there is a skill ${name} already, in the ${where}`, { hint, exit: "usage" });
}

/** A name that no skill can have. */
export function badName(name: string): AgentctlError {
  return new AgentctlError("skill/bad-name", `${JSON.stringify(name)} cannot name a skill`, {
    hint: "1 to 64 of a-z, 0-9 and single hyphens, e.g. market-stats",
    exit: "usage",
  });
}

async function readShelved(
  workspace: Workspace,
  { name, origin }: Pick<SkillPlace, "name" | "origin">,
  locks: { working: SkillLock | undefined; protected: SkillLock | undefined },
  options: { compile?: boolean } = {},
): Promise<ShelvedSkill> {
  const folder = `skills/${name}`;
  const path = join(origin === "workspace" ? workspace.root : packageRoot(), folder);
  const lock = locks.working?.get(name) ?? locks.protected?.get(name);
  const mode = lock === undefined ? "strict" : "lenient";
  const { files, findings } = await readFolder(path, folder, skillBounds);
  const read = readSkill(folder, files, mode, options);
  const digest = read.skill?.digest ?? skillDigest(listFiles(files));
  const trust = trustOf({ name, digest, protectedLock: locks.protected, workingLock: locks.working });
  const skill = findings.length > 0 ? undefined : read.skill;
  return { name, origin, folder, path, lock, mode, trust, digest, files, skill, findings: [...findings, ...read.findings] };
}

function listPlaces(root: string): SkillPlace[] {
  const own = skillFolders(root);
  const shipped = packageRoot() === root ? [] : skillFolders(packageRoot());
  return [
    ...own.map((name): SkillPlace => ({ name, origin: "workspace", shadows: shipped.includes(name) })),
    ...shipped.filter((name) => !own.includes(name)).map((name): SkillPlace => ({ name, origin: "package", shadows: false })),
  ];
}

/** Real folders below skills/; a link is none, wherever it leads. */
function skillFolders(root: string): string[] {
  const folder = join(root, "skills");
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^[._]/.test(entry.name))
    .map((entry) => entry.name)
    .toSorted();
}

/** The lock on disk. Anything but a plain file or nothing is a lock that cannot be read. */
export function readWorkingLock(root: string): ReturnType<typeof readLock> {
  const path = join(root, lockPath);
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return readLock(undefined);
  if (!found.isFile()) return { findings: [{ rule: "skill/lock", level: "error", message: "the lock is not a plain file", file: lockPath }] };
  if (found.size > 4 * yamlLimits.bytes)
    return { findings: [{ rule: "skill/lock", level: "error", message: `the lock has ${found.size} bytes`, file: lockPath }] };
  return readLock({ path: lockPath, text: readFileSync(path, "utf8") });
}

/** Without a commit nothing can be trusted yet, and nothing is distrusted that is not in the lock on disk. */
function readProtectedLock(data: Uint8Array | undefined, commit: string | undefined): ReturnType<typeof readLock> {
  return readLock(data === undefined ? undefined : { path: `${commit?.slice(0, 10)}:${lockPath}`, text: Buffer.from(data).toString("utf8") });
}
