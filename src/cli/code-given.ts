import { readFile } from "node:fs/promises";
import { AgentctlError, messageOf } from "../base/errors.ts";
import { readInput } from "./stdin.ts";

/** Code from an argument, from stdin for `-`, or from a file. Errors (exit usage): `sidecar/no-code`, `sidecar/bad-file`. */
export async function codeGiven(argument: string | undefined, path: string | undefined): Promise<string> {
  if ((argument === undefined) === (path === undefined)) {
    throw new AgentctlError("sidecar/no-code", "give the code as an argument, as - for stdin, or with --file; one of them", {
      hint: 'agentctl sidecar exec "1 + 1"',
      exit: "usage",
    });
  }
  if (path === undefined) return (await readInput(argument)) ?? "";
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new AgentctlError("sidecar/bad-file", `${path} cannot be read: ${messageOf(cause)}`, { exit: "usage", cause });
  }
}
