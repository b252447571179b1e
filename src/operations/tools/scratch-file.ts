import { AgentctlError } from "../../base/errors.ts";
import { badPath } from "../../policy/refusal.ts";
import type { ToolAction, ToolContext } from "./tool.ts";

const timeoutMs = 30_000;

/** The first bytes of a plain file that no link leads to; a pipe would be waited for. */
const plainBytes = `[ -f "$1" ] && [ "$(realpath -- "$1")" = "$1" ] && exec head -c "$2" -- "$1"`;

/** What policy is asked before files of the scratch are read for another tool. Error: `tool/bad-path`. */
export function scratchReads(paths: readonly string[]): ToolAction[] {
  return paths.map((path) => {
    const why = path.startsWith("scratch/") ? badPath(path) : "does not begin with scratch/";
    if (why === undefined) return { action: "file.read", class: "R", path };
    throw new AgentctlError("tool/bad-path", `the path ${JSON.stringify(path)} ${why}`, {
      hint: "a file of the scratch, e.g. scratch/prices.csv",
      exit: "usage",
    });
  });
}

/**
 * The bytes of a scratch file, read inside the sandbox, so that a link leads nowhere but in there. Errors: `tool/bad-file` (not there, no plain file, more
 * than `bytesMax`), and those of the sandbox.
 */
export async function readScratch({ sandbox, signal }: Pick<ToolContext, "sandbox" | "signal">, path: string, bytesMax: number): Promise<Uint8Array> {
  const opened = await sandbox();
  // stderr shares the limit; a byte more than allowed tells a file that is too large from one that just fits.
  const limits = { outputBytes: bytesMax + 4096, timeoutMs, memoryMiB: Math.max(256, Math.ceil((bytesMax / 1024 / 1024) * 4)) };
  const command = ["sh", "-c", plainBytes, "sh", `/workspace/${path}`, String(bytesMax + 1)];
  const job = await opened.run({ runner: "shell", command, cwd: "/workspace", limits }, signal);
  signal.throwIfAborted();
  const bad = (why: string): AgentctlError =>
    new AgentctlError("tool/bad-file", `${path} ${why}`, { hint: "list_files says what there is in scratch/", exit: "usage" });
  if (job.outcome === "output-overflow" || job.stdout.length > bytesMax) throw bad(`has more than ${bytesMax} bytes`);
  if (job.outcome === "timeout") throw bad(`could not be read within ${timeoutMs} ms`);
  if (job.outcome !== "ok") throw bad("is not there, or is no plain file, or lies behind a link");
  return job.stdout;
}
