import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { AgentctlError } from "../base/errors.ts";
import { isSkillName, toSkillName } from "../skill/name.ts";
import type { SkillRunner } from "../skill/skill.ts";
import { newSkill } from "../skill/template/new-skill.ts";
import { notWritten, openSkillsFolder } from "./skill-lock-file.ts";
import { badName, nameTaken, openShelf } from "./skill-shelf.ts";

export interface SkillCreated {
  name: string;
  runner: SkillRunner;
  /** Relative to the workspace. */
  folder: string;
  files: string[];
}

/** Writes a skill that works, with tests that pass. Errors (exit usage): `skill/bad-name`, `skill/exists`. */
export async function createSkill(asked: {
  cwd: string;
  env: NodeJS.ProcessEnv;
  name: string;
  runner: SkillRunner;
  description?: string | undefined;
}): Promise<SkillCreated> {
  const { name, runner } = asked;
  if (!isSkillName(name)) {
    const near = toSkillName(name);
    throw near === undefined
      ? badName(name)
      : new AgentctlError("skill/bad-name", `${JSON.stringify(name)} cannot name a skill`, { hint: `agentctl skill new ${near}`, exit: "usage" });
  }
  const description = asked.description ?? "Counts the lines, words and characters of a text. Use when the size of a text matters.";
  if (description.trim() === "" || description.length > 1024)
    throw new AgentctlError("skill/bad-description", `the description has ${description.length} characters; 1 to 1024 are allowed`, { exit: "usage" });
  const shelf = await openShelf(asked);
  const taken = shelf.taken(name);
  if (taken !== undefined) throw nameTaken(name, taken, `agentctl skill show ${name}`);

  const files = newSkill(name, runner, description);
  writeSkillFiles(
    shelf.workspace.root,
    name,
    files.map(({ path, text }) => ({ path, data: text })),
  );
  return { name, runner, folder: `skills/${name}`, files: files.map((file) => file.path) };
}

/** Writes the files of a skill that is not there yet; what was written is taken back when something fails. */
export function writeSkillFiles(root: string, name: string, files: readonly { path: string; data: string | Uint8Array }[]): void {
  const folder = join(openSkillsFolder(root), name);
  try {
    mkdirSync(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw notWritten(`skills/${name}`, cause);
    throw new AgentctlError("skill/exists", `there is something at skills/${name} already`, { hint: "choose another name", exit: "usage", cause });
  }
  try {
    for (const { path, data } of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), data, { flag: "wx", mode: 0o644 });
    }
  } catch (cause) {
    rmSync(folder, { recursive: true, force: true });
    throw notWritten(`skills/${name}`, cause);
  }
}
