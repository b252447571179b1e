import { structuredPatch } from "diff";
import { safeText } from "../base/safe-text.ts";
import { shownLookAlikes } from "./look-alike.ts";

/** One line of a difference; its text is safe to show. */
export interface DiffLine {
  sign: " " | "-" | "+" | "@";
  text: string;
}

/** What differs between two sides of a file, fit for a person's eyes. */
export interface FileDiff {
  /** `binary`: no text, or one with zero bytes; `large`: it is not looked into. */
  kind: "text" | "binary" | "large";
  added: number;
  removed: number;
  lines: DiffLine[];
}

export const diffBounds = { bytes: 256 * 1024, lineCharacters: 400, edits: 4_000 };

/** A difference with three lines around each change. One that takes too long to find shows the old side gone and the new side added. */
export function fileDiff(before: Uint8Array | undefined, after: Uint8Array | undefined): FileDiff {
  if ((before?.byteLength ?? 0) > diffBounds.bytes || (after?.byteLength ?? 0) > diffBounds.bytes) return { kind: "large", added: 0, removed: 0, lines: [] };
  const [old, next] = [textOf(before), textOf(after)];
  if (old === undefined || next === undefined) return { kind: "binary", added: 0, removed: 0, lines: [] };
  const found = structuredPatch("", "", old, next, undefined, undefined, { context: 3, maxEditLength: diffBounds.edits });
  const hunks = found?.hunks ?? [{ oldStart: 1, newStart: 1, lines: [...linesOf(old).map((line) => `-${line}`), ...linesOf(next).map((line) => `+${line}`)] }];
  const lines = hunks.flatMap(({ oldStart, newStart, lines: each }): DiffLine[] => [
    { sign: "@", text: `line ${oldStart} → ${newStart}` },
    ...each.map((line): DiffLine => {
      const sign = line[0] === "-" || line[0] === "+" ? line[0] : line[0] === "\\" ? "@" : " ";
      return { sign, text: sign === "@" ? "no line feed at the end" : shownText(line.slice(1)) };
    }),
  ]);
  const count = (sign: "-" | "+"): number => lines.filter((line) => line.sign === sign).length;
  return { kind: "text", added: count("+"), removed: count("-"), lines };
}

/**
 * A line of somebody else's as it is, and not as it would look: what acts on a terminal, hides, or changes the order is written as «U+XXXX», letters of other
 * alphabets that pass for Latin ones too; spaces at the end are seen; of a long one the beginning.
 */
export function shownText(line: string): string {
  const cut = line.length > diffBounds.lineCharacters;
  const begun = cut ? line.slice(0, diffBounds.lineCharacters).toWellFormed() : line;
  const safe = shownLookAlikes(safeText(begun.replace(/\r$/, "\r"))).replaceAll("\t", "→   ");
  const ended = safe.replace(/ +$/, (spaces) => "·".repeat(spaces.length));
  return cut ? `${ended} … ${line.length - diffBounds.lineCharacters} more characters` : ended;
}

/** Undefined where it is no text. */
function textOf(data: Uint8Array | undefined): string | undefined {
  if (data === undefined) return "";
  if (data.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    return undefined;
  }
}

function linesOf(text: string): string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}
