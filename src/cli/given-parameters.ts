import { AgentctlError } from "../base/errors.ts";

/** `NAME=VALUE` of --param flags, each name once. */
export function parseGivenParameters(texts: readonly string[]): Record<string, string> {
  const given: Record<string, string> = {};
  for (const text of texts) {
    const at = text.indexOf("=");
    const [name, value] = [text.slice(0, at), text.slice(at + 1)];
    if (at < 1 || value === "") throw new AgentctlError("cli/usage", `--param ${text} is not NAME=VALUE`, { hint: "--param fast=10", exit: "usage" });
    if (Object.hasOwn(given, name)) throw new AgentctlError("cli/usage", `--param ${name} is given twice`, { hint: `--param ${name}=${value}`, exit: "usage" });
    given[name] = value;
  }
  return given;
}
