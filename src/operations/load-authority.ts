import { AgentctlError } from "../base/errors.ts";
import { openRepository, type Repository } from "../git/repository.ts";
import type { PolicySet } from "../policy/policy-set.ts";
import { readPolicies } from "../policy/read-policies.ts";
import { protectedCommit } from "../workspace/authority.ts";
import { loadConfig, type EffectiveConfig } from "../workspace/config.ts";
import { findWorkspace, type Workspace } from "../workspace/find.ts";

/** What decides in a workspace: the policies of the protected branch's commit. */
export interface Authority {
  workspace: Workspace;
  config: EffectiveConfig;
  repository: Repository;
  commit: string;
  ref: string;
  set: PolicySet;
}

/** The commit that policy is read from; undefined while the repository has none. */
export async function authorityCommit(repository: Repository, workspace: Workspace, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    return (await protectedCommit(repository, loadConfig(workspace.root, env))).commit;
  } catch (cause) {
    if (cause instanceof AgentctlError && cause.code === "workspace/no-commit") return undefined;
    throw cause;
  }
}

/** Reads it, from the commit only. A broken policy is no error: the set it makes denies everything and says why. */
export async function loadAuthority(cwd: string, env: NodeJS.ProcessEnv): Promise<Authority> {
  const workspace = findWorkspace(cwd, env, { initialised: true });
  const config = loadConfig(workspace.root, env);
  const repository = openRepository(workspace);
  const { commit, ref } = await protectedCommit(repository, config);
  const { set } = readPolicies(await repository.readFiles(commit, "policies"));
  return { workspace, config, repository, commit, ref, set };
}
