import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { git } from "./process.ts";

/** Credential helpers of the person and the machine; the repository's own are programs that somebody else may have named. */
export async function ownCredentials(): Promise<string[]> {
  const xdg = process.env["XDG_CONFIG_HOME"] ?? join(homedir(), ".config");
  const sources = [["--system"], ["--file", join(xdg, "git", "config")], ["--file", join(homedir(), ".gitconfig")]];
  const answers = await Promise.all(
    sources.map((source) => git({ args: ["config", ...source, "--includes", "-z", "--get-regexp", String.raw`^credential\.`], cwd: tmpdir() })),
  );
  return answers
    .flatMap((answer) => (answer.exitCode === 0 ? answer.stdout.toString("utf8").split("\0") : []))
    .filter((pair) => pair.includes("\n"))
    .map((pair) => pair.replace("\n", "="));
}
