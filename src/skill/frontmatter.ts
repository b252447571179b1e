import { readYaml, type YamlDocument } from "../base/document.ts";
import type { Finding } from "../base/finding.ts";
import type { ReadMode } from "./skill.ts";

export interface Frontmatter {
  /** Absent when there is none that can be read; `findings` say why. */
  document?: YamlDocument | undefined;
  findings: Finding[];
  body: string;
  /** 1-based line at which the body starts. */
  bodyLine: number;
}

const fence = /^---[ \t]*$/;

/** Splits SKILL.md into frontmatter and body. Places are those of the whole file. Lenient: values with unquoted colons and the like are tried again, quoted. */
export function readFrontmatter(file: string, text: string, mode: ReadMode): Frontmatter {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  const refuse = (message: string, line: number, hint: string): Frontmatter => ({
    findings: [{ rule: "skill/frontmatter", level: "error", message, file, line, column: 1, hint }],
    body: "",
    bodyLine: 1,
  });
  if (!fence.test(lines[0] ?? "")) return refuse("SKILL.md does not start with a line ---", 1, "start with ---, the keys name and description, and --- again");
  const end = lines.findIndex((line, index) => index > 0 && fence.test(line));
  if (end === -1) return refuse("the frontmatter does not end: no second line ---", lines.length, "put a line --- after the last key");

  const body = lines.slice(end + 1).join("\n");
  const bodyLine = end + 2;
  const keys = lines.slice(1, end);
  // An empty first line stands for the fence, so that line numbers are those of the file.
  const read = readYaml({ path: file, text: `\n${keys.join("\n")}\n` });
  if (read.document !== undefined || mode === "strict") return { document: read.document, findings: read.findings, body, bodyLine };

  const quoted = keys.map(quoteValue);
  const again = readYaml({ path: file, text: `\n${quoted.join("\n")}\n` });
  if (again.document === undefined) return { findings: read.findings, body, bodyLine };
  const notes = quoted.flatMap((line, index): Finding[] =>
    line === keys[index]
      ? []
      : [{ rule: "skill/unquoted-value", level: "warning", message: "this value is not YAML without quotes; read as text", file, line: index + 2, column: 1 }],
  );
  return { document: again.document, findings: notes, body, bodyLine };
}

/** `key: text: with a colon` → `key: "text: with a colon"`; other lines as they are. */
function quoteValue(line: string): string {
  const found = /^([ \t]*[A-Za-z_][\w-]*):[ \t]+(\S.*)$/.exec(line);
  const [, key = "", value = ""] = found ?? [];
  if (found === null || /^["'|>]/.test(value) || /^\[.*\]$|^\{.*\}$/.test(value.trim())) return line;
  return /:(\s|$)|\s#|^[&*!%@`[{?-]/.test(value) ? `${key}: ${JSON.stringify(value.trimEnd())}` : line;
}
