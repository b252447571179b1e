import { gitOk } from "./process.ts";

/** Makes a git repository on branch main in an existing folder. */
export async function initRepository(dir: string): Promise<void> {
  await gitOk({ args: ["init", "--initial-branch=main", "--", dir], cwd: dir });
}

/** Version of git, such as `2.39.5`. */
export async function gitVersion(cwd: string): Promise<string> {
  const said = (await gitOk({ args: ["version"], cwd })).toString("utf8");
  return /(\d+\.\d+(?:\.\d+)?)/.exec(said)?.[1] ?? said.trim();
}
