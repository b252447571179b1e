import { statSync } from "node:fs";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { AgentctlError } from "../base/errors.ts";
import type { Finding } from "../base/finding.ts";
import { fetchRemote } from "../git/fetch.ts";
import { readFolder } from "../scan/folder.ts";
import { listFiles, skillDigest } from "../skill/digest.ts";
import type { LockEntry } from "../skill/lock.ts";
import { isSkillName, toSkillName } from "../skill/name.ts";
import { readSkill } from "../skill/read.ts";
import type { SkillInput } from "../skill/skill.ts";
import { scanSkills } from "./check-skills.ts";
import { writeSkillFiles } from "./new-skill.ts";
import { personName } from "./person.ts";
import { changeLock } from "./skill-lock-file.ts";
import { badName, nameTaken, openShelf } from "./skill-shelf.ts";

export interface AddSkillAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** A git URL, or a folder. */
  source: string;
  name?: string | undefined;
  /** The skill's folder within the source. */
  path?: string | undefined;
  /** Branch, tag or commit of a git source. */
  ref?: string | undefined;
}

export interface SkillAdded {
  name: string;
  folder: string;
  lock: LockEntry;
  files: number;
  /** What reading and scanning found; nothing of the skill was run. */
  findings: Finding[];
}

interface Source {
  files: SkillInput[];
  findings: Finding[];
  /** What the lock says of it. */
  origin: Pick<LockEntry, "source" | "ref" | "commit">;
  /** The last part of where it came from, for a name. */
  label: string;
}

/** Folders of skills with large neighbours are looked through; the skill itself is bounded on its own. */
const sourceBounds = { files: 20_000, totalBytes: 128 * 1024 * 1024 };

/**
 * Copies a skill from elsewhere into the workspace: pinned to a commit, plain files only, untrusted. The lock says so before the first file is
 * written, so that a stop in the middle cannot leave a skill that looks like our own. Nothing of it is run, neither here nor in a container.
 * Errors: `skill/exists`, `skill/no-skill-there`, `skill/unusable` (exit findings), and those of fetching.
 */
export async function addSkill(asked: AddSkillAsked): Promise<SkillAdded> {
  const shelf = await openShelf(asked);
  const { root } = shelf.workspace;
  const source = await openSource(asked, root);
  const path = choosePath(source, asked.path);
  const below = path === "" ? "" : `${path}/`;
  const files = source.files.filter((file) => file.path.startsWith(below)).map((file) => ({ ...file, path: mainName(file.path.slice(below.length)) }));
  const name = chooseName(asked.name, files, path === "" ? source.label : (path.split("/").at(-1) ?? ""));
  const taken = shelf.taken(name);
  if (taken !== undefined) throw exists(name, taken);

  const folder = `skills/${name}`;
  const refused = source.findings
    .filter((finding) => finding.file?.startsWith(`${source.label}/${below}`))
    .map((finding) => ({ ...finding, level: "warning" as const }));
  const { skill, findings } = readSkill(folder, files, "lenient");
  if (skill === undefined) {
    const why = findings.find((finding) => finding.level === "error")?.message ?? "it cannot be read";
    throw new AgentctlError("skill/unusable", `${asked.source} has no skill that can be used: ${why}`, { exit: "findings", details: findings });
  }
  const lock: LockEntry = {
    ...source.origin,
    path: path === "" ? undefined : path,
    digest: skillDigest(listFiles(files)),
    trust: "untrusted",
    addedBy: personName(),
  };
  await changeLock(root, (entries) => {
    if (entries.has(name)) throw exists(name, "lock");
    entries.set(name, lock);
  });
  try {
    writeSkillFiles(root, name, files);
  } catch (cause) {
    await changeLock(root, (entries) => entries.delete(name));
    throw cause;
  }
  const added = await (await openShelf(asked)).read({ name, origin: "workspace" });
  const [scanned = []] = await scanSkills([added], { workspace: shelf.workspace, env: asked.env });
  return { name, folder, lock, files: files.length, findings: [...refused, ...scanned] };
}

async function openSource(asked: AddSkillAsked, root: string): Promise<Source> {
  const folder = resolve(asked.cwd, asked.source);
  const isFolder = asked.ref === undefined && statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
  const label =
    (
      asked.source
        .replace(/[\\/]+$/, "")
        .split(/[\\/:]/)
        .at(-1) ?? ""
    ).replace(/\.git$/, "") || "skill";
  if (isFolder) {
    const inside = relative(root, folder);
    const shown = inside !== "" && !inside.startsWith("..") && !isAbsolute(inside) ? inside.split(sep).join("/") : folder;
    const { files, findings } = await readFolder(folder, label, sourceBounds);
    refuseTooLarge(findings);
    return { files, findings, origin: { source: shown }, label };
  }
  const { url, commit, files } = await fetchRemote(asked.source, asked.ref, { cwd: asked.cwd });
  const plain = files.filter((file) => file.mode.startsWith("100"));
  const findings = files
    .filter((file) => !file.mode.startsWith("100"))
    .map((file): Finding => ({
      rule: "scan/not-a-plain-file",
      level: "error",
      message: `${file.path} is a link and was left out`,
      file: `${label}/${file.path}`,
    }));
  return { files: plain.map(({ path, data }) => ({ path, data })), findings, origin: { source: url, ref: asked.ref, commit }, label };
}

function refuseTooLarge(findings: readonly Finding[]): void {
  const large = findings.find((finding) => finding.rule === "scan/too-large");
  if (large !== undefined)
    throw new AgentctlError("skill/too-large", `the source cannot be read: ${large.message}`, { hint: "name the skill's own folder", exit: "usage" });
}

/** The folder of the skill within the source: the one that was named, the source itself, or the only one there is. */
function choosePath(source: Source, named: string | undefined): string {
  const folders = source.files.filter((file) => /(?:^|\/)skill\.md$/i.test(file.path)).map((file) => file.path.split("/").slice(0, -1).join("/"));
  const wanted = named?.replaceAll(/^(?:\.?\/)+|\/+$/g, "");
  if (wanted !== undefined && wanted !== "" && wanted !== ".") {
    if (folders.includes(wanted)) return wanted;
    throw noSkill(`${source.label} has no SKILL.md in ${JSON.stringify(named)}`, folders);
  }
  if (folders.includes("")) return "";
  const [only] = folders;
  if (folders.length === 1 && only !== undefined) return only;
  throw noSkill(folders.length === 0 ? `${source.label} has no SKILL.md` : `${source.label} has ${folders.length} skills`, folders);
}

function noSkill(message: string, folders: readonly string[]): AgentctlError {
  const shown = folders.slice(0, 20).join("  ");
  return new AgentctlError("skill/no-skill-there", message, {
    hint: folders.length === 0 ? "name a repository or folder with a SKILL.md" : `choose one with --path:  ${shown}${folders.length > 20 ? "  …" : ""}`,
    exit: "usage",
    details: { paths: folders },
  });
}

/** skill.md becomes SKILL.md: others read it whatever its case, we do not. */
function mainName(path: string): string {
  return path.toLowerCase() === "skill.md" ? "SKILL.md" : path;
}

/** The name that was asked for, else the one the skill gives itself, else its folder's. */
function chooseName(asked: string | undefined, files: readonly SkillInput[], folder: string): string {
  if (asked !== undefined) {
    if (!isSkillName(asked)) throw badName(asked);
    return asked;
  }
  const main = files.find((file) => file.path === "SKILL.md");
  const head = main === undefined ? "" : Buffer.from(main.data.subarray(0, 4096)).toString("utf8");
  const declared = /^name:[ \t]*["']?([^"'\n\r]{1,100}?)["']?[ \t]*\r?$/m.exec(head)?.[1];
  const name = declared !== undefined && isSkillName(declared) ? declared : toSkillName(isSkillName(folder) ? folder : (declared ?? folder));
  if (name === undefined)
    throw new AgentctlError("skill/bad-name", "no name can be made of what the skill is called", { hint: "--name my-skill", exit: "usage" });
  return name;
}

function exists(name: string, where: string): AgentctlError {
  return nameTaken(name, where, `--name another-name, or agentctl skill rm ${name}`);
}
