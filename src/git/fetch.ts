import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AgentctlError } from "../base/errors.ts";
import { ownCredentials } from "./credentials.ts";
import { isOid, requireRevision } from "./names.ts";
import { git, gitFailed, gitOk, type GitAnswer } from "./process.ts";
import { Repository, type TreeFile } from "./repository.ts";
import { requireRemoteUrl } from "./url.ts";

export interface FetchedTree {
  url: string;
  commit: string;
  /** Everything in the commit but submodules; links come with their target as data. */
  files: TreeFile[];
}

export interface FetchLimits {
  timeoutMs: number;
  /** As transferred. */
  packBytes: number;
  /** All files together, unpacked. */
  treeBytes: number;
  files: number;
}

const fetchLimits: FetchLimits = { timeoutMs: 120_000, packBytes: 64 * 1024 * 1024, treeBytes: 128 * 1024 * 1024, files: 20_000 };

const fetchArgs = [
  "fetch",
  "--depth=1",
  "--no-tags",
  "--no-recurse-submodules",
  "--no-write-fetch-head",
  "--no-auto-maintenance",
  "--upload-pack=git-upload-pack",
  "--end-of-options",
];
/**
 * Reads one commit of another repository: fetched shallow into a bare repository in a temporary folder, checked by fsck, read as objects,
 * never checked out, no submodules, nothing left behind. `ref` is a branch, a tag or a full commit name; default the remote's HEAD.
 * Errors: `git/bad-url`, `git/fetch-failed`, `git/too-large`.
 */
export async function fetchRemote(
  url: string,
  ref = "HEAD",
  options: { signal?: AbortSignal; limits?: Partial<FetchLimits>; cwd?: string } = {},
): Promise<FetchedTree> {
  const limits = { ...fetchLimits, ...options.limits };
  const from = requireRemoteUrl(url, options.cwd);
  const wanted = requireRevision(ref);
  const dir = await mkdtemp(join(tmpdir(), "agentctl-fetch-"));
  try {
    let answer = await fetchInto(dir, from, wanted, "sha1", limits, options.signal);
    if (answer.exitCode !== 0 && /mismatched algorithms/.test(answer.stderr)) {
      await rm(dir, { recursive: true, force: true });
      answer = await fetchInto(dir, from, wanted, "sha256", limits, options.signal);
    }
    if (answer.exitCode !== 0) throw fetchFailed(from, wanted, answer);
    return { url: from, ...(await readFetched(new Repository({ root: dir, gitDir: dir }), from, limits)) };
  } finally {
    await rm(dir, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function fetchInto(dir: string, url: string, ref: string, format: string, limits: FetchLimits, signal?: AbortSignal): Promise<GitAnswer> {
  await gitOk({ args: ["init", "--bare", `--object-format=${format}`, "--", dir], cwd: tmpdir() });
  const tooLarge = new AbortController();
  const watch = setInterval(() => {
    void bytesIn(join(dir, "objects", "pack")).then((bytes) => bytes > limits.packBytes && tooLarge.abort());
  }, 100);
  try {
    return await git({
      args: [...fetchArgs, url, `${ref}:refs/agentctl/fetched`],
      gitDir: dir,
      cwd: dir,
      network: { settings: [...(await ownCredentials()), "fetch.unpackLimit=1", "core.bigFileThreshold=16m"] },
      timeoutMs: limits.timeoutMs,
      signal: AbortSignal.any([tooLarge.signal, ...(signal === undefined ? [] : [signal])]),
    });
  } catch (cause) {
    if (tooLarge.signal.aborted) throw tooLargeError(url, `its pack has more than ${limits.packBytes} bytes`);
    throw cause;
  } finally {
    clearInterval(watch);
  }
}

async function readFetched(repository: Repository, url: string, limits: FetchLimits): Promise<{ commit: string; files: TreeFile[] }> {
  const commit = await repository.resolve("refs/agentctl/fetched");
  if (commit === undefined) throw new AgentctlError("git/fetch-failed", `what ${url} answered is not a commit`);
  const entries = await repository.listTree(commit);
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  if (entries.length > limits.files) throw tooLargeError(url, `it has ${entries.length} files; at most ${limits.files} are read`);
  if (bytes > limits.treeBytes) throw tooLargeError(url, `its files have ${bytes} bytes; at most ${limits.treeBytes} are read`);
  return { commit, files: await repository.readTree(commit) };
}

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name)).catch(() => undefined))?.size ?? 0));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function tooLargeError(url: string, why: string): AgentctlError {
  return new AgentctlError("git/too-large", `${url} is too large: ${why}`);
}

function fetchFailed(url: string, ref: string, answer: GitAnswer): AgentctlError {
  const said = answer.stderr
    .split("\n")
    .map((line) => line.trim())
    .findLast((line) => /^(fatal|error):/.test(line));
  if (said === undefined) return gitFailed(["fetch"], answer);
  return new AgentctlError("git/fetch-failed", `${ref === "HEAD" ? url : `${ref} of ${url}`} cannot be fetched: ${said.replace(/^\w+: /, "")}`, {
    hint: isOid(ref) || /couldn't find remote ref/.test(said) ? `git ls-remote ${url}` : undefined,
    details: { stderr: answer.stderr.slice(0, 4_000) },
  });
}
