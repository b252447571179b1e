import { AgentctlError } from "../base/errors.ts";

/** `PROPERTY=PATH` of a --file flag. */
export function parseGivenFile(text: string): { property: string; path: string } {
  const at = text.indexOf("=");
  if (at > 0 && at < text.length - 1) return { property: text.slice(0, at), path: text.slice(at + 1) };
  throw new AgentctlError("cli/usage", `--file ${text} is not PROPERTY=PATH`, { hint: "--file file=./prices.csv", exit: "usage" });
}
