/** Parts of a reply where nothing is a call. */

export interface Quoted {
  text: string;
  /** A place that counts as the start of a line: what stands before it is gone. */
  fresh: number;
  /** What was looked for last, and where it is; so nothing is looked for twice. */
  memory: Map<string, number>;
  /** Where runs of backticks begin, by their length, the nearest last. */
  runs?: Map<number, number[]>;
}

export interface Skip {
  /** thought before: the end of what was thought, whose beginning was not part of the reply. */
  kind: "quoted" | "thought" | "thought before";
  end: number;
}

/** Elements that hold words of others, or none that are meant; without an end the first three take the rest. */
const element = /<(think|thinking|tool_result|pre|code|blockquote)(?:\s[^<>]{0,256})?>/iy;
const endless = new Set(["think", "thinking", "tool_result"]);
const thoughtEnd = /<\/(think|thinking)>/iy;
const fence = /( {0,3})(`{3,}|~{3,})[^\n]*/y;
const blockQuote = / {0,3}>/y;
const indented = /(?: {4}|\t)[^\n]*/y;

/** Where the quoted part ends that begins at `at`; undefined when none begins there. */
export function skipQuoted(quoted: Quoted, at: number): Skip | undefined {
  const { text } = quoted;
  if (at === quoted.fresh || text[at - 1] === "\n") {
    const end = fenceEnd(text, at) ?? quoteEnd(text, at) ?? matchEnd(indented, text, at);
    if (end !== undefined) return { kind: "quoted", end };
  }
  if (text[at] === "`") return { kind: "quoted", end: codeSpanEnd(quoted, at) };
  if (text[at] !== "<") return undefined;
  if (text.startsWith("<!--", at)) {
    const end = find(quoted, "-->", at + 4);
    return { kind: "quoted", end: end < 0 ? text.length : end + 3 };
  }
  const thought = matchEnd(thoughtEnd, text, at);
  if (thought !== undefined) return { kind: "thought before", end: thought };
  return elementEnd(quoted, at);
}

function elementEnd(quoted: Quoted, at: number): Skip | undefined {
  const { text } = quoted;
  element.lastIndex = at;
  const found = element.exec(text);
  if (found === null) return undefined;
  const name = (found[1] ?? "").toLowerCase();
  const kind = name.startsWith("think") ? "thought" : "quoted";
  const end = closeOf(quoted, name, at + found[0].length);
  if (end !== undefined) return { kind, end };
  return endless.has(name) ? { kind, end: text.length } : undefined;
}

/** After the end tag that closes an element, those of the same name within it counted; the last one when there are too few. */
function closeOf(quoted: Quoted, name: string, from: number): number | undefined {
  const { text, memory } = quoted;
  const missing = memory.get(name);
  if (missing !== undefined && from >= missing) return undefined;
  const tags = new RegExp(`<(/?)${name}(?:\\s[^<>]{0,256})?>`, "gi");
  tags.lastIndex = from;
  let depth = 1;
  let last: number | undefined;
  for (let tag = tags.exec(text); tag !== null; tag = tags.exec(text)) {
    depth += tag[1] === "/" ? -1 : 1;
    if (tag[1] === "/") last = tags.lastIndex;
    if (depth === 0) return last;
  }
  if (last === undefined) memory.set(name, from);
  return last;
}

function fenceEnd(text: string, at: number): number | undefined {
  fence.lastIndex = at;
  const found = fence.exec(text);
  if (found === null) return undefined;
  const mark = found[2] ?? "";
  const [sign = ""] = mark;
  // What stands after backticks of a line and holds another one is a code span, no fence.
  if (sign === "`" && found[0].slice(found[0].indexOf(mark) + mark.length).includes("`")) return undefined;
  let line = lineEnd(text, at);
  while (line < text.length) {
    const end = lineEnd(text, line);
    const words = text.slice(line, end).trim();
    const indent = text.slice(line, end).search(/\S/);
    if (indent < 4 && words.length >= mark.length && words === sign.repeat(words.length)) return end;
    line = end;
  }
  return text.length;
}

/** A quote goes on until an empty line: a paragraph that began in it may go on without its sign. */
function quoteEnd(text: string, at: number): number | undefined {
  if (matchEnd(blockQuote, text, at) === undefined) return undefined;
  let line = at;
  while (line < text.length) {
    const end = lineEnd(text, line);
    if (text.slice(line, end).trim() === "") return line;
    line = end;
  }
  return text.length;
}

/**
 * A code span ends with as many backticks as it began with, within its paragraph; without them the backticks are only signs. Three and more are meant as a
 * fence, wherever they stand, and go beyond their paragraph.
 */
function codeSpanEnd(quoted: Quoted, at: number): number {
  const { text } = quoted;
  const open = runEnd(text, at);
  const length = open - at;
  const close = closingRun(quoted, length, open);
  if (close === undefined) return open;
  const paragraph = length >= 3 ? -1 : find(quoted, "\n\n", open);
  return paragraph >= 0 && close > paragraph ? open : close + length;
}

/** Where the next run of exactly so many backticks begins. */
function closingRun(quoted: Quoted, length: number, from: number): number | undefined {
  quoted.runs ??= backtickRuns(quoted.text);
  const places = quoted.runs.get(length) ?? [];
  while ((places.at(-1) ?? from) < from) places.pop();
  return places.at(-1);
}

function backtickRuns(text: string): Map<number, number[]> {
  const runs = new Map<number, number[]>();
  for (let at = text.indexOf("`"); at >= 0;) {
    const end = runEnd(text, at);
    const places = runs.get(end - at);
    if (places === undefined) runs.set(end - at, [at]);
    else places.push(at);
    at = text.indexOf("`", end);
  }
  for (const places of runs.values()) places.reverse();
  return runs;
}

function runEnd(text: string, at: number): number {
  let end = at;
  while (text[end] === "`") end += 1;
  return end;
}

/** As `indexOf`, remembering the last answer: places are asked in order. */
function find({ text, memory }: Quoted, what: string, from: number): number {
  const last = memory.get(what);
  if (last !== undefined && last >= from) return last === text.length ? -1 : last;
  const at = text.indexOf(what, from);
  memory.set(what, at < 0 ? text.length : at);
  return at;
}

/** Where the next line begins. */
function lineEnd(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end + 1;
}

function matchEnd(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
