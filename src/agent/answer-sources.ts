import { isMapping } from "../base/mapping.ts";
import { passagesOf } from "./passages.ts";

/** What an answer may name as a source. */
export interface AnswerFacts {
  /** Keys of the tool calls of this run, e.g. `s1.2.1`. */
  keys: readonly string[];
  /** Paths that were read or written, as the tools name them. */
  paths: readonly string[];
}

/** In words for a model: the first few tell what to do. */
const namedMax = 5;
const deepest = 64;

/** What is wrong with the sources of a text, in words for the model; undefined when each passage with a figure names one, and all that are named are known. */
export function textSources(text: string, facts: AnswerFacts): string | undefined {
  const known = sourceTest(facts);
  const bare: string[] = [];
  const unknown = new Set<string>();
  for (const passage of passagesOf(text)) {
    const cited = citationsOf(passage, known);
    for (const source of cited.unknown) unknown.add(source);
    if (cited.known === 0 && hasFigure(cited.rest)) bare.push(passage);
  }
  return worded(bare, unknown, facts);
}

/**
 * The same for a JSON answer: an object with a number in it, or in a list of it, names a source in one of its own texts or in one of an object around it;
 * a text with a figure names its own, or lies in such an object.
 */
export function jsonSources(value: unknown, facts: AnswerFacts): string | undefined {
  const known = sourceTest(facts);
  const bare: string[] = [];
  const unknown = new Set<string>();
  const walk = (node: unknown, path: string, covered: boolean, depth: number): void => {
    if (depth > deepest) return void bare.push("what is nested too deep to be looked at");
    if (typeof node === "number" && !covered) bare.push(`${path}: ${node}`);
    if (typeof node === "string") {
      const cited = citationsOf(node, known);
      for (const source of cited.unknown) unknown.add(source);
      if (!covered && cited.known === 0 && hasFigure(cited.rest)) bare.push(`${path}: ${node}`);
    }
    if (Array.isArray(node)) node.forEach((item, index) => walk(item, `${path}[${index}]`, covered, depth + 1));
    if (!isMapping(node)) return;
    const own = Object.values(node).flatMap((member) => (Array.isArray(member) ? (member as unknown[]) : [member]));
    const covers = covered || own.some((member) => typeof member === "string" && citationsOf(member, known).known > 0);
    for (const [name, member] of Object.entries(node)) walk(member, path === "" ? name : `${path}.${name}`, covers, depth + 1);
  };
  walk(value, "", false, 0);
  return worded(bare, unknown, facts);
}

/** The sources that a text names in brackets. `[1, 5]` and `[text](link)` name none. `rest` is the text without them. */
function citationsOf(text: string, known: (source: string) => boolean): { known: number; unknown: string[]; rest: string } {
  let count = 0;
  const unknown: string[] = [];
  const rest = text.replaceAll(/\[([^[\]\n]{1,400})\](?!\()/g, (whole: string, inner: string) => {
    const parts = inner.split(/[,;]/).map((part) => part.trim());
    const good = parts.filter(known);
    if (good.length === 0 && !parts.every(looksLikeSource)) return whole;
    count += good.length;
    unknown.push(...parts.filter((part) => !good.includes(part)));
    return " ";
  });
  return { known: count, unknown, rest };
}

/** A key of a call, or a path: something with a slash or an ending. */
function looksLikeSource(text: string): boolean {
  return /^[a-z]{1,8}\d{1,6}(\.\w{1,16}){1,8}$/i.test(text) || (/^[\p{L}_.]\S{0,300}$/u.test(text) && /\/|\.[a-z]\w{0,7}(:\d+)?$/i.test(text));
}

function plain(path: string): string {
  return path.replace(/^(\.\/|\/workspace\/)/, "").replace(/:\d{1,9}(-\d{1,9})?$/, "");
}

/** `./a/b.csv`, `/workspace/a/b.csv` and `a/b.csv:12` all name a/b.csv. */
function sourceTest({ keys, paths }: AnswerFacts): (source: string) => boolean {
  const all = new Set([...keys, ...paths, ...paths.map(plain)]);
  return (source) => all.has(source) || all.has(plain(source));
}

/** A number that stands for itself: not a part of a name (`sma20`, `data/2020.csv`), not the number of a list's item. */
function hasFigure(text: string): boolean {
  const shown = text
    .replace(/^[\s>#*+-]*\d{1,4}[.)](?=\s)/, "")
    .replaceAll(/https?:\/\/\S{1,2000}/g, " ")
    .replaceAll(/[\p{L}_][\p{L}\p{M}\p{N}_./-]*/gu, " ");
  return /[\p{Nd}\p{No}]/u.test(shown);
}

function worded(bare: readonly string[], unknown: ReadonlySet<string>, { keys, paths }: AnswerFacts): string | undefined {
  const lines: string[] = [];
  if (unknown.size > 0) {
    const named = [...unknown].slice(0, namedMax).map((source) => `[${clipped(source)}]`);
    lines.push(`${named.join(", ")} ${unknown.size === 1 ? "is" : "are"} neither a tool call of this run nor a file that it read.`);
  }
  if (bare.length > 0) {
    lines.push("These give a figure and do not say where it comes from:", ...bare.slice(0, namedMax).map((passage) => `- ${clipped(passage)}`));
    if (bare.length > namedMax) lines.push(`- and ${bare.length - namedMax} more`);
  }
  if (lines.length === 0) return undefined;
  const some = [...keys.slice(-namedMax), ...paths.slice(-namedMax)].map((source) => `[${clipped(source)}]`);
  const could = some.length === 0 ? "Nothing was read yet, so no figure has a source: look first." : `Sources of this run are e.g. ${some.join(", ")}.`;
  return [...lines, `Put the source in brackets behind each figure, and leave out what has none. ${could}`].join("\n");
}

function clipped(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, " ");
  return line.length > 160 ? `${line.slice(0, 159).toWellFormed()}…` : line;
}
