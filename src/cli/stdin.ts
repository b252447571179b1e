import { readFileSync } from "node:fs";
import { buffer, text } from "node:stream/consumers";
import { AgentctlError, messageOf } from "../base/errors.ts";

/** The value of a flag, or all of stdin when it is `-`. */
export async function readInput(flag: string | undefined): Promise<string | undefined> {
  return flag === "-" ? text(process.stdin) : flag;
}

/** The bytes of the file that a flag names, or of stdin when it is `-`. Error `cli/unreadable` (usage). */
export async function readBytes(flag: string): Promise<Uint8Array> {
  if (flag === "-") return buffer(process.stdin);
  try {
    return readFileSync(flag);
  } catch (cause) {
    throw new AgentctlError("cli/unreadable", `${flag} cannot be read: ${messageOf(cause)}`, { exit: "usage", cause });
  }
}
