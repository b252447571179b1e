import { AgentctlError } from "../base/errors.ts";
import { shellWord } from "../base/shell-word.ts";

/** The flags `--param name=value`, as typed. Error (exit usage): `cli/bad-parameter` for one that is no pair, or a name given twice. */
export function parseParameters(texts: readonly string[]): Record<string, string> {
  const parameters = new Map<string, string>();
  for (const text of texts) {
    const [, name, value] = /^([^=\s]+)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined) throw bad(`--param is ${JSON.stringify(text)}, which is no name=value`);
    if (parameters.has(name)) throw bad(`--param names ${name} twice`);
    parameters.set(name, value);
  }
  return Object.fromEntries(parameters);
}

/** The same flags to be typed again: ` --param fast=10 --param slow=30`; empty without parameters. */
export function parameterFlags(parameters: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => ` --param ${shellWord(`${name}=${value}`)}`)
    .join("");
}

function bad(message: string): AgentctlError {
  return new AgentctlError("cli/bad-parameter", message, { hint: "--param fast=10 --param slow=30", exit: "usage" });
}
