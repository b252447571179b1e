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
    lines.push(`#   ${word}: ${example(name)} # ${keyOf(name).doc}`);
  }
  return `${lines.join("\n")}\n`;
}

function example(name: ConfigName): string {
  const { type, default: initial } = keyOf(name);
  return type === "names" ? `[${printValue(initial)}]` : printValue(initial);
}
