import { sameFiles } from "../git/hash.ts";
import { isLeftover } from "../scan/folder.ts";
import type { Authority } from "./load-authority.ts";
import type { UsableSkill } from "./usable-skill.ts";

/**
 * Whether the files that run are those of the commit that policy is read from; a skill of the package is as committed as agentctl itself. The bytes
 * that were read are compared, and not the disk once more: who may write there could have put the committed files back meanwhile.
 */
export async function isCommitted({ repository, commit }: Pick<Authority, "repository" | "commit">, found: UsableSkill): Promise<boolean> {
  if (found.origin === "package") return true;
  const entries = await repository.listTree(commit, found.folder);
  const files = found.files.map(({ path, data }) => ({ path: `${found.folder}/${path}`, data }));
  return sameFiles(
    entries.filter((entry) => !isLeftover(entry.path.slice(found.folder.length))),
    files,
  );
}
