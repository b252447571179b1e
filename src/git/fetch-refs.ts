import { statSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AgentctlError } from "../base/errors.ts";
import { ownCredentials } from "./credentials.ts";
import { isOid, requireOid, requireRef } from "./names.ts";
import { gitFailed, gitOk, type GitAnswer } from "./process.ts";
import { remoteUrl } from "./push.ts";
import { Repository } from "./repository.ts";

/** Named refs of another repository, looked at and brought here; never all of them, never tags, never HEAD. */

export interface RemoteRef {
  ref: string;
  oid: string;
}

/** One ref of the remote, and the ref here that it comes to; what stood there is replaced. */
export interface RefToFetch {
  from: string;
  to: string;
}

const limits = { timeoutMs: 120_000, packBytes: 256 * 1024 * 1024, listBytes: 8 * 1024 * 1024 };

/**
 * The refs of a remote below these folders, e.g. `refs/heads/agentctl`. Names are the remote's own words, and may be anything. Errors: `git/bad-url`,
 * `git/no-remote` (usage), `git/fetch-failed`.
 */
export async function listRemoteRefs(repository: Repository, remote: string, folders: readonly string[]): Promise<RemoteRef[]> {
  const url = await fetchUrl(repository, remote);
  const answer = await repository.run({
    args: [
      "ls-remote",
      "--refs",
      "--upload-pack=git-upload-pack",
      "--end-of-options",
      url,
      ...folders.map((each) => `${requireRef(`${each}/x`).slice(0, -2)}/*`),
    ],
    network: { settings: await ownCredentials() },
    timeoutMs: limits.timeoutMs,
    outputBytesMax: limits.listBytes,
  });
  if (answer.exitCode !== 0) throw fetchFailed(url, answer);
  return answer.stdout
    .toString("utf8")
    .split("\n")
    .flatMap((line) => {
      const [oid = "", ref] = line.split("\t");
      return ref !== undefined && isOid(oid) ? [{ oid, ref }] : [];
    });
}

/**
 * Fetches exactly these refs. They come into a repository of their own first, which borrows our objects, under a limit of time and size and checked by fsck; only
 * what passed is taken over, checked once more. `known`: commits that we have, so that less is sent. Errors: `git/bad-url`, `git/fetch-failed`, `git/too-large`.
 */
export async function fetchRefs(repository: Repository, remote: string, refs: readonly RefToFetch[], known: readonly string[] = []): Promise<void> {
  if (refs.length === 0) return;
  const url = await fetchUrl(repository, remote);
  const dir = await mkdtemp(join(tmpdir(), "agentctl-fetch-"));
  try {
    const format = (await repository.ok({ args: ["rev-parse", "--show-object-format"] })).toString("latin1").trim();
    await gitOk({ args: ["init", "--bare", `--object-format=${format === "sha256" ? "sha256" : "sha1"}`, "--", dir], cwd: tmpdir() });
    await mkdir(join(dir, "objects", "info"), { recursive: true });
    await writeFile(join(dir, "objects", "info", "alternates"), `${await objectsOf(repository)}\n`);
    const between = new Repository({ root: dir, gitDir: dir });
    for (const [index, oid] of known.entries()) await between.updateRef(`refs/agentctl/known/${index}`, requireOid(oid), undefined);
    await limited(dir, url, (signal) =>
      fetchInto(
        between,
        url,
        refs.map(({ from, to }) => `+${requireRef(from)}:${requireRef(to)}`),
        signal,
      ),
    );
    await fetchInto(
      repository,
      dir,
      refs.map(({ to }) => `+${to}:${to}`),
    );
  } finally {
    await rm(dir, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function fetchInto(repository: Repository, url: string, refspecs: readonly string[], signal?: AbortSignal): Promise<void> {
  const answer = await repository.run({
    args: [
      "fetch",
      "--no-tags",
      "--no-recurse-submodules",
      "--no-write-fetch-head",
      "--no-auto-maintenance",
      "--no-prune",
      "--upload-pack=git-upload-pack",
      "--end-of-options",
      url,
      ...refspecs,
    ],
    network: { settings: [...(await ownCredentials()), "fetch.unpackLimit=1", "core.bigFileThreshold=16m"] },
    timeoutMs: limits.timeoutMs,
    signal,
  });
  if (answer.exitCode !== 0) throw fetchFailed(url, answer);
}

/** Stops it when what arrives grows too large. */
async function limited(dir: string, url: string, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const tooLarge = new AbortController();
  const watch = setInterval(() => {
    void bytesIn(join(dir, "objects", "pack")).then((bytes) => bytes > limits.packBytes && tooLarge.abort());
  }, 100);
  try {
    await work(tooLarge.signal);
  } catch (cause) {
    if (tooLarge.signal.aborted) throw new AgentctlError("git/too-large", `${url} sends more than ${limits.packBytes} bytes`, { cause });
    throw cause;
  } finally {
    clearInterval(watch);
  }
}

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name)).catch(() => undefined))?.size ?? 0));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function objectsOf(repository: Repository): Promise<string> {
  const common = (await repository.ok({ args: ["rev-parse", "--path-format=absolute", "--git-path", "objects"] })).toString("utf8").trim();
  if (!/[\n"]/.test(common)) return common;
  throw new AgentctlError("git/bad-path", `${JSON.stringify(common)} cannot be borrowed from`);
}

/** A file would be a bundle, whose objects git checks less. */
async function fetchUrl(repository: Repository, remote: string): Promise<string> {
  const url = await remoteUrl(repository, remote, ["url"]);
  const path = url.startsWith("file://") ? url.slice("file://".length) : url;
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return url;
  throw new AgentctlError("git/bad-url", `${url} is a file; refs are fetched from repositories`, {
    hint: "git clone it first, and fetch from the clone",
    exit: "usage",
  });
}

function fetchFailed(url: string, answer: GitAnswer): AgentctlError {
  const said = answer.stderr
    .split("\n")
    .map((line) => line.trim())
    .findLast((line) => /^(fatal|error):/.test(line));
  if (said === undefined) return gitFailed(["fetch"], answer);
  return new AgentctlError("git/fetch-failed", `${url} cannot be fetched from: ${said.replace(/^\w+: /, "")}`, {
    hint: `git ls-remote ${url}`,
    details: { stderr: answer.stderr.slice(0, 4_000) },
  });
}
