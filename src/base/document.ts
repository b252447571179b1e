import { createRequire } from "node:module";
import type { Document, LineCounter, Node } from "yaml";
import { AgentctlError, messageOf } from "./errors.ts";
import { place, type Finding } from "./finding.ts";
import { readPlainYaml } from "./plain-yaml.ts";

/**
 * Reading YAML that decides things: YAML 1.2 core, one document, strict. Refused by name and line: syntax errors, duplicate keys,
 * anchors used more than 64 times, nesting deeper than 64, texts above 1 MiB, `.nan`, `.inf`, custom tags, keys that are not strings, `<<`.
 */

/** A text and where it came from, e.g. a blob of a commit. Paths are relative to the workspace, with `/`. */
export interface SourceFile {
  path: string;
  text: string;
}

export type Path = readonly (string | number)[];

export interface YamlDocument {
  file: string;
  value: unknown;
  /** 1-based place of the value (or, with `key`, of the key) at `path`, or of its nearest parent. */
  at(path: Path, key?: boolean): { line: number; column: number };
}

export const yamlLimits = { bytes: 1024 * 1024, depth: 64, aliases: 64 };

/** A megabyte of quotes has a hundred thousand errors; the first few tell enough. */
const problemsMax = 20;

/** How the library is asked. */
export const parseOptions = { version: "1.2", schema: "core", uniqueKeys: true, stringKeys: true, prettyErrors: false, merge: false } as const;

let loaded: typeof import("yaml") | undefined;

/** The library takes a tenth of the time of a small command, and an untouched configuration is read without it. */
function yaml(): typeof import("yaml") {
  loaded ??= createRequire(import.meta.url)("yaml") as typeof import("yaml");
  return loaded;
}

/** Reads one document. Never throws for bad input: findings with level error mean that there is no document. */
export function readYaml(source: SourceFile): { document: YamlDocument; findings: [] } | { document: undefined; findings: Finding[] } {
  const refuse = (message: string, line = 1, column = 1, hint?: string): { document: undefined; findings: Finding[] } => ({
    document: undefined,
    findings: [{ rule: "base/yaml", level: "error", message, file: source.path, line, column, hint }],
  });
  if (source.text.length > yamlLimits.bytes) return refuse(`the file has ${source.text.length} characters; at most ${yamlLimits.bytes} are read`);
  const plain = readPlainYaml(source.text);
  if (plain !== undefined) return { document: { file: source.path, ...plain }, findings: [] };

  const { LineCounter, parseDocument } = yaml();
  const lines = new LineCounter();
  let parsed: Document.Parsed;
  try {
    parsed = parseDocument(source.text, { ...parseOptions, lineCounter: lines });
  } catch (cause) {
    // The parser recurses: what overflows its stack is nested far too deep.
    return refuse(cause instanceof RangeError ? `nested deeper than ${yamlLimits.depth} levels` : `not readable as YAML (${messageOf(cause)})`);
  }
  const problems = [...parsed.errors, ...parsed.warnings].slice(0, problemsMax).map((problem): Finding => {
    const { line, col } = lines.linePos(problem.pos[0]);
    return {
      rule: "base/yaml",
      level: "error",
      message: yamlMessage(problem.message, source.text.slice(problem.pos[0], problem.pos[0] + 80)),
      file: source.path,
      line,
      column: col,
    };
  });
  problems.push(...refused(parsed, source.path, lines).slice(0, problemsMax));
  if (problems.length > 0) return { document: undefined, findings: problems };

  let value: unknown;
  try {
    value = parsed.toJS({ maxAliasCount: yamlLimits.aliases });
  } catch (cause) {
    return refuse(/alias/i.test(messageOf(cause)) ? `aliases expand to more than ${yamlLimits.aliases} nodes` : messageOf(cause));
  }
  return { document: { file: source.path, value, at: (path, key) => placeOf(parsed, lines, path, key ?? false) }, findings: [] };
}

/** As `readYaml`, but bad input is an error that lists every finding; for documents without which nothing can go on. */
export function requireYaml(source: SourceFile, hint?: string): YamlDocument {
  const { document, findings } = readYaml(source);
  if (document === undefined) throw unreadable(source.path, findings, hint);
  return document;
}

/** One error for the findings that stop a document from being used. */
export function unreadable(file: string, findings: readonly Finding[], hint?: string): AgentctlError {
  const listed = findings.map((finding) => `${place(finding)}  ${finding.message}${finding.hint === undefined ? "" : `  (${finding.hint})`}`);
  return new AgentctlError("base/bad-document", `${file} cannot be used:\n  ${listed.join("\n  ")}`, { hint, exit: "usage", details: findings });
}

function refused(parsed: Document.Parsed, file: string, lines: LineCounter): Finding[] {
  const { isScalar, visit } = yaml();
  const found: Finding[] = [];
  const add = (node: Node | null | undefined, message: string): void => {
    const { line, col } = lines.linePos(node?.range?.[0] ?? 0);
    found.push({ rule: "base/yaml", level: "error", message, file, line, column: col });
  };
  visit(parsed, {
    Collection(_key, node, ancestors) {
      if (ancestors.length <= yamlLimits.depth) return undefined;
      add(node, `nested deeper than ${yamlLimits.depth} levels`);
      return visit.SKIP;
    },
    Scalar(_key, node) {
      if (typeof node.value === "number" && !Number.isFinite(node.value)) add(node, `found ${node.source ?? String(node.value)}; numbers must be finite`);
    },
    Pair(_key, pair) {
      if (isScalar(pair.key) && pair.key.value === "<<") add(pair.key, "merge keys (<<) are not part of YAML 1.2; write the keys out");
    },
  });
  return found;
}

/** `at` is the text from where the problem is on. */
function yamlMessage(message: string, at: string): string {
  if (/Map keys must be unique/.test(message)) {
    const key = /^(["']?)([\w. -]{1,64})\1\s*:/.exec(at)?.[2];
    return key === undefined ? "a key stands twice in its mapping" : `the key "${key}" stands twice in its mapping`;
  }
  if (/call stack/i.test(message)) return `nested deeper than ${yamlLimits.depth} levels`;
  const line = message.split("\n")[0] ?? message;
  return line.charAt(0).toLowerCase() + line.slice(1);
}

function placeOf(parsed: Document.Parsed, lines: LineCounter, path: Path, key: boolean): { line: number; column: number } {
  const { isMap, isPair, isScalar } = yaml();
  let node: unknown = parsed.contents;
  let offset = parsed.contents?.range?.[0] ?? 0;
  path.forEach((step, index) => {
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step));
      if (pair === undefined) return;
      const last = index === path.length - 1;
      const keyAt = isScalar(pair.key) ? pair.key.range?.[0] : undefined;
      const valueAt = (pair.value as Node | null)?.range?.[0];
      offset = (last && key ? keyAt : (valueAt ?? keyAt)) ?? offset;
      node = pair.value;
    } else if (node !== null && typeof node === "object" && "items" in node && Array.isArray(node.items)) {
      node = node.items[Number(step)];
      offset = (node as Node | undefined)?.range?.[0] ?? offset;
    }
  });
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}
