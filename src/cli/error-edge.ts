import { AgentctlError, exitCodes, messageOf } from "../base/errors.ts";
import { safeText } from "../base/safe-text.ts";
import { paint } from "./paint.ts";
import { parseWords, type TypedCommand } from "./usage-words.ts";

/** The shape of an error under `--json`. */
export interface ErrorJson {
  error: { code: string; message: string; hint?: string | undefined; details?: unknown };
}

interface OclifError extends Error {
  oclif?: { exit?: number };
  code?: string;
  suggestions?: string[];
}

/** Words one error, to stderr or as JSON to stdout, and answers the exit code. The only place where errors become text. `typed`: the command it happened in. */
export function writeError(thrown: unknown, json: boolean, typed?: TypedCommand): number {
  const oclif = thrown as OclifError;
  if (oclif?.code === "EEXIT") return oclif.oclif?.exit ?? exitCodes.done;
  const { error, exit } = worded(thrown, typed);
  if (json) process.stdout.write(`${JSON.stringify({ error } satisfies ErrorJson, null, 2)}\n`);
  else {
    // Both may quote what others wrote: names of files in a fetched repository, what a remote answers.
    process.stderr.write(`${paint("red", "error")}  ${safeText(error.message)}\n`);
    if (error.hint !== undefined) process.stderr.write(`${paint("cyan", "mend")}   ${safeText(error.hint)}\n`);
    if (error.code === "base/bug" && process.env["DEBUG"] !== undefined && thrown instanceof Error) process.stderr.write(`${thrown.stack}\n`);
  }
  return exit;
}

function worded(thrown: unknown, typed: TypedCommand | undefined): { error: ErrorJson["error"]; exit: number } {
  if (thrown instanceof AgentctlError) {
    const { code, message, hint, details } = thrown;
    return { error: { code, message, hint, details }, exit: exitCodes[thrown.exit] };
  }
  const oclif = thrown as OclifError;
  if (oclif?.oclif !== undefined) {
    return { error: { code: "cli/usage", ...parseWords(messageOf(thrown), typed) }, exit: exitCodes.usage };
  }
  return {
    error: { code: "base/bug", message: `this is a fault of agentctl: ${messageOf(thrown)}`, hint: "run it again with DEBUG=1 and report what it prints" },
    exit: exitCodes.failed,
  };
}
