import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { git } from "./process.ts";

/** A setting of the person's own git configuration; a repository's configuration has no say. */
export async function ownSetting(name: "user.signingkey" | "user.email"): Promise<string | undefined> {
  const xdg = process.env["XDG_CONFIG_HOME"] ?? join(homedir(), ".config");
  for (const file of [join(homedir(), ".gitconfig"), join(xdg, "git", "config")]) {
    const answer = await git({ args: ["config", "--file", file, "--includes", "--get", name], cwd: tmpdir() });
    const value = answer.stdout.toString("utf8").trim();
    if (answer.exitCode === 0 && value !== "") return value;
  }
  return undefined;
}
