import type { Path, YamlDocument } from "./document.ts";

const pairLine = /^([a-z][A-Za-z]*)(: )([a-z][a-z0-9-]*)(?: *| +#\P{Cc}*)$/u;
const emptyLine = /^ *(?:#\P{Cc}*)?$/u;
/** What YAML 1.2 core takes for something else than a text. */
const noText = new Set(["true", "false", "null"]);

/**
 * Reads what is nothing but `name: word` lines, empty lines and comments, as an untouched configuration is, without a library; undefined for any other text.
 * What it answers is what `readYaml` answers.
 */
export function readPlainYaml(text: string): Pick<YamlDocument, "value" | "at"> | undefined {
  const pairs = new Map<string, { value: string; line: number; valueColumn: number }>();
  for (const [index, line] of text.split("\n").entries()) {
    if (emptyLine.test(line)) continue;
    const [, name = "", colon = "", value = ""] = pairLine.exec(line) ?? [];
    if (name === "" || noText.has(name) || noText.has(value) || pairs.has(name)) return undefined;
    pairs.set(name, { value, line: index + 1, valueColumn: name.length + colon.length + 1 });
  }
  const [first] = pairs.values();
  if (first === undefined) return undefined;
  return {
    value: Object.fromEntries([...pairs].map(([name, { value }]) => [name, value])),
    at(path: Path, key = false) {
      const found = pairs.get(String(path[0]));
      if (found === undefined) return { line: first.line, column: 1 };
      return { line: found.line, column: key && path.length === 1 ? 1 : found.valueColumn };
    },
  };
}
