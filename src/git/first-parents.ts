import type { CommitObject } from "./history.ts";
import { requireOid } from "./names.ts";
import type { Repository } from "./repository.ts";

/** The first-parent history of a commit, the newest first, at most so many: what a branch was, without what was merged into it. */
export async function firstParents(repository: Repository, commit: string, most = 20_000): Promise<CommitObject[]> {
  const output = await repository.ok({ args: ["rev-list", "--first-parent", `--max-count=${Math.trunc(most)}`, requireOid(commit)] });
  const oids = output
    .toString("latin1")
    .split("\n")
    .filter((line) => line !== "");
  return (await repository.readCommits(oids)).filter((found) => found !== undefined);
}
