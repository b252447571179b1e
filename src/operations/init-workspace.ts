import { existsSync, mkdirSync, realpathSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { AgentctlError, messageOf } from "../base/errors.ts";
import { initRepository } from "../git/init.ts";
import type { Profile } from "../workspace/config-keys.ts";
import { workspaceAround } from "../workspace/find.ts";
import { packageRoot } from "../workspace/package.ts";
import { placeFiles, type Placed } from "../workspace/place-files.ts";
import { shippedFiles } from "../workspace/shipped.ts";

export interface InitResult extends Placed {
  root: string;
  repository: "created" | "existing";
  profile: Profile;
  /** The command that puts the policies into force. */
  next: string;
}

/** Makes a folder into a workspace: a git repository with the shipped rooms. Commits nothing, overwrites nothing; run again, it adds what is missing. */
export async function initWorkspace(options: { dir: string; profile: Profile }): Promise<InitResult> {
  const root = openFolder(resolve(options.dir));
  const around = workspaceAround(root, {})?.root;
  if (around !== undefined && around !== root) {
    throw new AgentctlError("workspace/inside-repository", `${root} lies inside the git repository ${around}, and a workspace is a whole repository`, {
      hint: `agentctl init ${around}     or, for one of its own: git init -b main ${root}`,
      exit: "usage",
    });
  }
  if (around === undefined) await initRepository(root);
  const placed = placeFiles(root, shippedFiles(packageRoot(), options.profile));
  return {
    root,
    repository: around === undefined ? "created" : "existing",
    profile: options.profile,
    ...placed,
    next: 'git add -A && git commit -m "agentctl workspace"',
  };
}

function openFolder(dir: string): string {
  try {
    mkdirSync(dir, { recursive: true });
    if (!statSync(dir).isDirectory()) throw new Error("it is not a folder");
  } catch (cause) {
    throw new AgentctlError("workspace/cannot-write", `${dir} cannot be made a workspace: ${messageOf(cause)}`, { exit: "usage", cause });
  }
  const bare = ["HEAD", "objects", "refs"].every((name) => existsSync(join(dir, name)));
  if (bare)
    throw new AgentctlError("workspace/bare-repository", `${dir} is a bare git repository, or the inside of one`, {
      hint: `agentctl init ${dirname(dir)}`,
      exit: "usage",
    });
  return realpathSync(dir);
}
