import { isMapping } from "../base/mapping.ts";
import { configNames, envName, keyOf, profiles, type ConfigName, type Profile } from "./config-keys.ts";
import { printValue } from "./config-value.ts";

/** The agentctl.yaml that `init` writes: the profile, and every other key commented out with its default. */
export function configText(profile: Profile): string {
  const lines = [
    "# yaml-language-server: $schema=schemas/config.json",
    "# What is in force, and where each value comes from: agentctl config show",
    `# Every key can be set by a variable too, e.g. ${envName("limits.memoryMiB")}; a string may hold \${VAR}, e.g. for secrets.`,
    "",
    `profile: ${profile} # ${profiles.join(" | ")}: ${keyOf("profile").doc.replace(/^.*: /, "")}`,
  ];
  let group = "";
  for (const name of configNames.filter((candidate) => candidate.includes("."))) {
    const [head = "", word = ""] = name.split(".");
    if (head !== group) lines.push("", `# ${head}:`);
    group = head;
    lines.push(...keyLines(name, word));
  }
  return `${lines.join("\n")}\n`;
}

function keyLines(name: ConfigName, word: string): string[] {
  const { type, doc, default: initial } = keyOf(name);
  if (type !== "document" || !isMapping(initial)) return [`#   ${word}: ${example(name)} # ${doc}`];
  return [`#   ${word}: # ${doc}`, ...Object.entries(initial).map(([key, value]) => `#     ${key}: ${flow(value)}`)];
}

/** A value on one line; texts plain where they can be. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (isMapping(value)) {
    return `{ ${Object.entries(value)
      .map(([key, member]) => `${key}: ${flow(member)}`)
      .join(", ")} }`;
  }
  return typeof value === "string" && /^[A-Za-z][\w./:@-]*\w$/.test(value) ? value : JSON.stringify(value);
}

function example(name: ConfigName): string {
  const { type, default: initial } = keyOf(name);
  return type === "names" ? `[${printValue(initial)}]` : printValue(initial);
}
