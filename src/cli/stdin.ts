import { text } from "node:stream/consumers";

/** The value of a flag, or all of stdin when it is `-`. */
export async function readInput(flag: string | undefined): Promise<string | undefined> {
  return flag === "-" ? text(process.stdin) : flag;
}
