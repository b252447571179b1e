import { AgentctlError } from "../base/errors.ts";
import { authorityBranch, type EffectiveConfig } from "./config.ts";
import { configFile } from "./find.ts";

/** What this needs of a repository; `Repository` of src/git is one. */
export interface AuthorityRepository {
  head(): Promise<{ commit: string | undefined; branch: string | undefined }>;
  resolveAll(revisions: readonly string[]): Promise<(string | undefined)[]>;
  resolveAllWith(
    revisions: readonly [string, ...string[]],
    path: string,
  ): Promise<{ commits: (string | undefined)[]; file: Uint8Array | undefined; moved: boolean }>;
  readPath(commit: string, path: string): Promise<Uint8Array | undefined>;
}

export interface Authority {
  /** Policies, signers, limits and grants are read from this commit. */
  commit: string;
  /** Full name, or `HEAD`. */
  ref: string;
  /** `configured`: named by the environment or by the committed agentctl.yaml; `usual`: main or master; `head`: there was nothing better. */
  because: "configured" | "usual" | "head";
}

/** In this order; the remote's branch serves where a clone has no branch of its own, as in CI. */
const usual = ["refs/heads/main", "refs/heads/master", "refs/remotes/origin/main", "refs/remotes/origin/master"] as const;

/**
 * The commit that policy is read from: the branch AGENTCTL_AUTHORITY_BRANCH names, else the one that the *committed* agentctl.yaml of the usual
 * branch names, else the usual branch, else HEAD. The file on disk has no say: whoever could edit it could choose their own judge.
 * Errors: `workspace/no-commit`, `workspace/no-authority` when the branch that was named does not exist.
 */
export async function protectedCommit(repository: AuthorityRepository, config: EffectiveConfig): Promise<Authority> {
  const fromEnv = config.entries.find((entry) => entry.key === "authority.branch" && entry.origin.startsWith("env "));
  if (fromEnv !== undefined) return named(repository, String(fromEnv.value), fromEnv.origin.slice("env ".length));

  // Nearly always it is the first one, and then one process has told all of it.
  const { commits, file, moved } = await repository.resolveAllWith(usual, configFile);
  const index = commits.findIndex((commit) => commit !== undefined);
  const standing = commits[index] ?? (await repository.head()).commit;
  if (standing === undefined) {
    throw new AgentctlError("workspace/no-commit", "the repository has no commits, and policy is read from a commit", {
      hint: 'git add -A && git commit -m "agentctl workspace"',
    });
  }
  const text = index === 0 && !moved ? file : await repository.readPath(standing, configFile);
  const branch = text === undefined ? undefined : authorityBranch({ path: `${standing.slice(0, 10)}:${configFile}`, text: Buffer.from(text).toString("utf8") });
  if (branch !== undefined) return named(repository, branch, `${configFile} of ${standing.slice(0, 10)}`);
  return index < 0 ? { commit: standing, ref: "HEAD", because: "head" } : { commit: standing, ref: usual[index] ?? "HEAD", because: "usual" };
}

async function named(repository: AuthorityRepository, branch: string, by: string): Promise<Authority> {
  const refs = [`refs/heads/${branch}`, `refs/remotes/origin/${branch}`];
  const found = await repository.resolveAll(refs);
  const index = found.findIndex((commit) => commit !== undefined);
  const commit = found[index];
  if (commit !== undefined) return { commit, ref: refs[index] ?? branch, because: "configured" };
  throw new AgentctlError("workspace/no-authority", `${by} names the branch ${JSON.stringify(branch)} as authority, and there is none of that name`, {
    hint: "git branch -a",
    exit: "usage",
  });
}
