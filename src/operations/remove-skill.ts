import { rm } from "node:fs/promises";
import { join } from "node:path";
import { AgentctlError } from "../base/errors.ts";
import { changeLock, notWritten } from "./skill-lock-file.ts";
import { badName, openShelf } from "./skill-shelf.ts";
import { isSkillName } from "../skill/name.ts";

export interface SkillRemoved {
  name: string;
  folder: string;
  /** Files that git does not have and that are gone for good. */
  lost: string[];
  /** The lock named it. */
  unlocked: boolean;
}

/**
 * Removes a skill of the workspace: first its folder, then its entry in the lock, so that a stop in the middle cannot leave a foreign skill that
 * looks like our own. Errors (exit usage): `skill/not-in-git` when files would be lost and `yes` is not given, `skill/not-here`, `skill/unknown`.
 */
export async function removeSkill(asked: { cwd: string; env: NodeJS.ProcessEnv; name: string; yes: boolean }): Promise<SkillRemoved> {
  const { name } = asked;
  if (!isSkillName(name)) throw badName(name);
  const shelf = await openShelf(asked);
  const locked = shelf.workingLock?.has(name) === true;
  const here = shelf.places.some((place) => place.name === name && place.origin === "workspace");
  if (!here && !locked) {
    if (shelf.place(name).origin === "package")
      throw new AgentctlError("skill/not-here", `${name} comes with agentctl and is not in this workspace`, {
        hint: "a skill of the same name in skills/ hides it",
        exit: "usage",
      });
  }
  const folder = `skills/${name}`;
  const changes = here ? await shelf.repository.status({ prefix: folder, ignored: true }) : [];
  const lost = changes.filter((change) => change.change !== "deleted").map((change) => change.path);
  if (lost.length > 0 && !asked.yes) {
    const some = `${lost.slice(0, 3).join(", ")}${lost.length > 3 ? ", …" : ""}`;
    throw new AgentctlError("skill/not-in-git", `${lost.length} files of ${name} are not in git and would be lost: ${some}`, {
      hint: `commit them, or: agentctl skill rm ${name} --yes`,
      exit: "usage",
      details: { lost },
    });
  }
  try {
    if (here) await rm(join(shelf.workspace.root, folder), { recursive: true });
  } catch (cause) {
    throw notWritten(folder, cause);
  }
  if (locked) await changeLock(shelf.workspace.root, (entries) => entries.delete(name));
  return { name, folder, lost, unlocked: locked };
}
