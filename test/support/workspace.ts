import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";

export interface TestWorkspace {
  /** Absolute, links resolved. */
  dir: string;
  /** Plain git, as a user would type it, with nobody's configuration; answers its stdout, trimmed. */
  git(...args: string[]): string;
  /** Writes files, with the folders they need. */
  write(files: Record<string, string | Uint8Array>): void;
  /** Adds everything and commits; answers the commit. */
  commit(message?: string): string;
  remove(): void;
}

const made = new Set<string>();
afterAll(() => {
  for (const dir of made) rmSync(dir, { recursive: true, force: true });
});

/** An empty folder that is gone after the test file. */
export function folder(name = "agentctl-test-"): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), name)));
  made.add(dir);
  return dir;
}

/** A real git repository on branch main with these files, committed unless `commit` is false (or there are none). Gone after the test file. */
export function workspace(
  files: Record<string, string | Uint8Array> = {},
  options: { commit?: boolean; initArgs?: string[]; dir?: string } = {},
): TestWorkspace {
  const dir = options.dir ?? folder();
  mkdirSync(dir, { recursive: true });
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd: dir, env: userEnvironment, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  const write = (more: Record<string, string | Uint8Array>): void => {
    for (const [path, data] of Object.entries(more)) {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), data);
    }
  };
  const commit = (message = "test"): string => {
    git("add", "-A");
    git("commit", "-q", "--allow-empty", "-m", message);
    return git("rev-parse", "HEAD");
  };
  git("init", "-q", "-b", "main", ...(options.initArgs ?? []));
  git("config", "user.name", "Test");
  git("config", "user.email", "test@example.org");
  write(files);
  if (options.commit !== false && Object.keys(files).length > 0) commit();
  return { dir, git, write, commit, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

const userEnvironment = {
  PATH: process.env["PATH"] ?? "",
  HOME: "/nonexistent",
  LC_ALL: "C",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
};
