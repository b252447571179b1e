import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

export interface CliAnswer {
  stdout: string;
  stderr: string;
  exitCode: number | null;
  /** Of stdout; throws when it is not JSON. */
  json: () => unknown;
}

const entry = fileURLToPath(new URL("../../bin/dev.js", import.meta.url));

/**
 * Runs `agentctl <argv>` in `dir` as a process of its own, from the sources. The environment is this one without its AGENTCTL_* and GIT_*
 * variables, plus `env` (undefined removes one). Fails unless it ends with `expectExit` (default 0; null accepts any).
 */
export async function cli(
  dir: string,
  argv: readonly string[],
  options: { env?: Record<string, string | undefined>; stdin?: string | Uint8Array; expectExit?: number | null } = {},
): Promise<CliAnswer> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(AGENTCTL_|GIT_)/.test(name));
  const child = spawn(process.execPath, [entry, ...argv], { cwd: dir, env: { ...Object.fromEntries(inherited), NO_COLOR: "1", ...options.env } });
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.stdin ?? "");
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const exitCode = await new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  const { expectExit = 0 } = options;
  if (expectExit !== null) expect(exitCode, `agentctl ${argv.join(" ")}\n${stdout}\n${stderr}`).toBe(expectExit);
  return { stdout, stderr, exitCode, json: () => JSON.parse(stdout) as unknown };
}
