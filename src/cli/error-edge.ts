import { stripVTControlCharacters } from "node:util";
import { AgentctlError, exitCodes, messageOf } from "../base/errors.ts";
import { paint } from "./paint.ts";

/** The shape of an error under `--json`. */
export interface ErrorJson {
  error: { code: string; message: string; hint?: string | undefined; details?: unknown };
}

interface OclifError extends Error {
  oclif?: { exit?: number };
  code?: string;
  suggestions?: string[];
}

/** Words one error, to stderr or as JSON to stdout, and answers the exit code. The only place where errors become text. */
export function writeError(thrown: unknown, json: boolean): number {
  const oclif = thrown as OclifError;
  if (oclif?.code === "EEXIT") return oclif.oclif?.exit ?? exitCodes.done;
  const { error, exit } = worded(thrown);
  if (json) process.stdout.write(`${JSON.stringify({ error } satisfies ErrorJson, null, 2)}\n`);
  else {
    process.stderr.write(`${paint("red", "error")}  ${error.message}\n`);
    if (error.hint !== undefined) process.stderr.write(`${paint("cyan", "mend")}   ${error.hint}\n`);
    if (error.code === "base/bug" && process.env["DEBUG"] !== undefined && thrown instanceof Error) process.stderr.write(`${thrown.stack}\n`);
  }
  return exit;
}

function worded(thrown: unknown): { error: ErrorJson["error"]; exit: number } {
  if (thrown instanceof AgentctlError) {
    const { code, message, hint, details } = thrown;
    return { error: { code, message, hint, details }, exit: exitCodes[thrown.exit] };
  }
  const oclif = thrown as OclifError;
  if (oclif?.oclif !== undefined) {
    // Flags, arguments, unknown commands: oclif's own words, first line only; its help block repeats what --help says.
    const lines = stripVTControlCharacters(messageOf(thrown)).split("\n");
    const message = lines.filter((line) => line.trim() !== "" && !line.startsWith("See more help")).join("\n       ");
    return { error: { code: "cli/usage", message: message.charAt(0).toLowerCase() + message.slice(1), hint: "agentctl --help" }, exit: exitCodes.usage };
  }
  return {
    error: { code: "base/bug", message: `this is a fault of agentctl: ${messageOf(thrown)}`, hint: "run it again with DEBUG=1 and report what it prints" },
    exit: exitCodes.failed,
  };
}
