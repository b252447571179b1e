import { AgentctlError, messageOf } from "../base/errors.ts";
import { findProgram } from "./program.ts";

/**
 * The only place that starts git. A repository's configuration can name programs (fsmonitor, hooks, filters, textconv, merge drivers,
 * credential helpers, remote helpers, …), so every call runs plumbing that starts none, with the rest switched off, and nothing of the
 * caller's environment that steers git.
 */
export interface GitCall {
  /** After `git`'s own options. Constants, object names and checked names only; refs and revisions go through `input` wherever git reads them there. */
  args: readonly string[];
  gitDir?: string;
  /** Needs `gitDir`; only for `ls-files`. */
  workTree?: string;
  /** Where git is started; an existing folder. */
  cwd: string;
  input?: string | Uint8Array;
  /** More variables, e.g. the author of a commit. */
  env?: Readonly<Record<string, string>>;
  /** Lets this call reach another repository, with these settings, e.g. the user's own credential helpers. */
  network?: { settings: readonly string[] };
  signal?: AbortSignal | undefined;
  /** Default 60,000. */
  timeoutMs?: number;
  /** Default 256 MiB. */
  outputBytesMax?: number;
}

export interface GitAnswer {
  exitCode: number;
  stdout: Buffer;
  stderr: string;
}

const alwaysOff = [
  "core.fsmonitor=false",
  "core.hooksPath=/dev/null",
  "core.fsync=committed",
  "core.commitGraph=false",
  "core.attributesFile=/dev/null",
  "core.alternateRefsCommand=",
  "core.pager=cat",
  "core.askPass=",
  "core.gitProxy=",
  "core.sshCommand=ssh -o BatchMode=yes",
  "credential.helper=",
  "gc.auto=0",
  "maintenance.auto=false",
  "i18n.commitEncoding=UTF-8",
  "safe.bareRepository=explicit",
  "submodule.recurse=false",
  "protocol.allow=never",
  "transfer.fsckObjects=true",
  "fetch.fsckObjects=true",
];

/** What simple-git would refuse: here these settings close doors instead of opening them. */
const settingsThatClose = {
  allowUnsafeAskPass: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeCredentialHelper: true,
  allowUnsafeCustomBinary: true,
  allowUnsafeFsMonitor: true,
  allowUnsafeGitProxy: true,
  allowUnsafeHooksPath: true,
  allowUnsafePack: true,
  allowUnsafePager: true,
  allowUnsafeProtocolOverride: true,
  allowUnsafeSshCommand: true,
} as const;

/** Of the caller's environment, git gets these; the second list only when it goes out. */
const passed = ["PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP"];
const passedOut = ["HOME", "USER", "LOGNAME", "USERPROFILE", "SSH_AUTH_SOCK", "http_proxy", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"];

/** Runs git and returns what it answered, whatever the exit code. Errors: git missing, time or output over the limit, interrupted. */
export async function git(call: GitCall): Promise<GitAnswer> {
  const { simpleGit } = await import("simple-git");
  const { args, timeoutMs = 60_000, outputBytesMax = 256 * 1024 * 1024 } = call;
  const stop = new AbortController();
  const limit = (reason: string): void => stop.abort(reason);
  const timer = setTimeout(() => limit(`did not end within ${timeoutMs} ms`), timeoutMs);
  const interrupted = (): void => limit("was interrupted");
  call.signal?.addEventListener("abort", interrupted, { once: true });
  if (call.signal?.aborted === true) interrupted();

  const env = environment(call);
  let answer: GitAnswer | undefined;
  try {
    await simpleGit({
      baseDir: call.cwd,
      binary: gitBinary(),
      allowEnvironment: Object.keys(env),
      unsafe: settingsThatClose,
      // By default simple-git takes what has arrived 50 ms after the exit, which cuts long answers.
      completion: { onClose: true, onExit: false },
      abort: stop.signal,
      input: () => Buffer.from(call.input ?? ""),
      // The one hook that sees bytes and exit code of every call; nothing returned = no error.
      errors: (error, result) => {
        if (stop.signal.aborted || result.exitCode < 0) return error;
        answer = { exitCode: result.exitCode, stdout: Buffer.concat(result.stdOut), stderr: Buffer.concat(result.stdErr).toString("utf8") };
        return undefined;
      },
    })
      .env(env)
      .outputHandler((_binary, stdout) => {
        let bytes = 0;
        stdout.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > outputBytesMax) limit(`answered more than ${outputBytesMax} bytes`);
        });
      })
      .raw([...settings(call), ...places(call), ...args]);
  } catch (cause) {
    const why = stop.signal.aborted ? String(stop.signal.reason) : `could not be run: ${messageOf(cause)}`;
    throw new AgentctlError("git/failed", `git ${args[0] ?? ""} ${why}`, { cause });
  } finally {
    clearTimeout(timer);
    call.signal?.removeEventListener("abort", interrupted);
  }
  if (answer === undefined) throw new AgentctlError("git/failed", `git ${args[0] ?? ""} gave no answer`);
  return answer;
}

/** As `git`, but any exit code other than 0 is an error with git's own words. */
export async function gitOk(call: GitCall): Promise<Buffer> {
  const answer = await git(call);
  if (answer.exitCode === 0) return answer.stdout;
  throw gitFailed(call.args, answer);
}

/** The error for an answer that was not expected. */
export function gitFailed(args: readonly string[], answer: GitAnswer): AgentctlError {
  const [, lock] = /Unable to create '([^']+\.lock)': File exists/.exec(answer.stderr) ?? [];
  if (lock !== undefined) {
    return new AgentctlError("git/locked", `another git holds ${lock}`, {
      hint: `try again; where no git runs any more: rm '${lock}'`,
      details: { lock, stderr: answer.stderr.slice(0, 4_000) },
    });
  }
  const said = answer.stderr.trim().split("\n").at(-1) ?? "";
  return new AgentctlError("git/failed", `git ${args[0] ?? ""} ended with ${answer.exitCode}: ${said || "no message"}`, {
    hint: /bad config|config file/.test(said) ? "mend .git/config" : undefined,
    details: { args, exitCode: answer.exitCode, stderr: answer.stderr.slice(0, 4_000) },
  });
}

function places(call: GitCall): string[] {
  return [...(call.gitDir === undefined ? [] : [`--git-dir=${call.gitDir}`]), ...(call.workTree === undefined ? [] : [`--work-tree=${call.workTree}`])];
}

function settings(call: GitCall): string[] {
  return [...alwaysOff, ...(call.network?.settings ?? [])].flatMap((setting) => ["-c", setting]);
}

function environment(call: GitCall): Record<string, string> {
  const names = call.network === undefined ? passed : [...passed, ...passedOut];
  const env: Record<string, string> = {};
  for (const name of names) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return {
    ...env,
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_GRAFT_FILE: "/dev/null",
    GIT_NO_LAZY_FETCH: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    // Stronger than any `protocol.*.allow` of the repository; empty allows none.
    GIT_ALLOW_PROTOCOL: call.network === undefined ? "" : "file:git:https:ssh",
    GIT_COMMITTER_NAME: "agentctl",
    GIT_COMMITTER_EMAIL: "agentctl@localhost",
    GIT_AUTHOR_NAME: "agentctl",
    GIT_AUTHOR_EMAIL: "agentctl@localhost",
    ...call.env,
  };
}

let binary: string | undefined;

function gitBinary(): string {
  binary ??= findProgram("git");
  if (binary === undefined) throw new AgentctlError("git/not-installed", "git is not on the PATH", { hint: "install git 2.39 or newer" });
  return binary;
}
