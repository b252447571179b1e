import { realpathSync } from "node:fs";
import { isAbsolute, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { AgentctlError } from "../base/errors.ts";
import { ownCredentials } from "./credentials.ts";
import { requireRef } from "./names.ts";
import type { Repository } from "./repository.ts";
import { requireRemoteUrl } from "./url.ts";

const pushArgs = [
  "push",
  "--porcelain",
  "--no-verify",
  "--no-signed",
  "--no-follow-tags",
  "--recurse-submodules=no",
  "--receive-pack=git-receive-pack",
  "--end-of-options",
];

/**
 * Pushes one ref to the same name on a remote (a name such as `origin`, or a URL). No hook, no force, no other ref.
 * Error `git/push-refused` with the remote's reason.
 */
export async function push(repository: Repository, remote: string, ref: string, options: { signal?: AbortSignal } = {}): Promise<{ url: string }> {
  const refspec = `${requireRef(ref)}:${ref}`;
  const url = await remoteUrl(repository, remote, ["pushurl", "url"]);
  const answer = await repository.run({
    args: [...pushArgs, url, refspec],
    network: { settings: await ownCredentials() },
    signal: options.signal,
    timeoutMs: 120_000,
  });
  if (answer.exitCode === 0) return { url };
  const rejected = /^!\t\S+\t(.+)$/m.exec(answer.stdout.toString("utf8"))?.[1];
  const said = rejected ?? answer.stderr.trim().split("\n").at(-1) ?? "no message";
  throw new AgentctlError("git/push-refused", `${url} did not take ${ref}: ${said}`, {
    hint: rejected === undefined ? `git ls-remote ${remote}` : "someone else moved it: fetch it and compare",
    details: { stderr: answer.stderr.trim() },
  });
}

/** A repository inside the workspace came with it: its hooks would be programs that nobody chose. Those of a repository elsewhere on this machine are its owner's. */
function elsewhere(url: string, root: string): string {
  const folder = url.startsWith("file://") ? fileURLToPath(url) : url;
  if (!isAbsolute(folder)) return url;
  const way = relative(real(root), real(folder));
  if (way !== "" && (way.startsWith("..") || isAbsolute(way))) return url;
  throw new AgentctlError("git/bad-url", `${url} lies inside the workspace, and is no other repository that could be trusted`, {
    hint: "name a remote that lies elsewhere",
    exit: "usage",
  });
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

/** Where a remote lies: a URL as it is, or what the first of these keys says of a name. Errors: `git/bad-url`, `git/no-remote` (usage). */
export async function remoteUrl(repository: Repository, remote: string, keys: readonly ("url" | "pushurl")[]): Promise<string> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(remote)) return elsewhere(requireRemoteUrl(remote, repository.root), repository.root);
  for (const key of keys) {
    const answer = await repository.run({ args: ["config", "--get", `remote.${remote}.${key}`] });
    if (answer.exitCode === 0) return elsewhere(requireRemoteUrl(answer.stdout.toString("utf8").trim(), repository.root), repository.root);
  }
  throw new AgentctlError("git/no-remote", `there is no remote named ${remote}`, { hint: `git remote add ${remote} <url>`, exit: "usage" });
}
