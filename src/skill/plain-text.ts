import { hiddenKind } from "../base/safe-text.ts";

/** A text as its rules read it: compatibility forms folded (NFKC), what cannot be seen taken out; places are those of the original. */
export interface PlainText {
  text: string;
  /** 1-based place in the original of an offset into `text`. */
  at(offset: number): { line: number; column: number };
}

/** So that full-width letters or a zero-width space inside a word do not hide the word from a pattern. */
export function plainText(original: string): PlainText {
  const starts = lineStarts(original);
  // ASCII needs no folding and keeps its offsets.
  if (/^[\t\n\r\x20-\x7e]*$/.test(original)) return { text: original, at: (offset) => placeAt(starts, offset) };

  let text = "";
  const offsets: number[] = [];
  let offset = 0;
  for (const character of original) {
    const folded = hiddenKind(character.codePointAt(0) ?? 0) === undefined || character === "\r" ? character.normalize("NFKC") : "";
    for (let index = 0; index < folded.length; index++) offsets.push(offset);
    text += folded;
    offset += character.length;
  }
  return { text, at: (index) => placeAt(starts, offsets[index] ?? original.length) };
}

/** Offsets at which the lines of a text start. */
export function lineStarts(text: string): number[] {
  const starts = [0];
  for (let index = text.indexOf("\n"); index !== -1; index = text.indexOf("\n", index + 1)) starts.push(index + 1);
  return starts;
}

/** 1-based line and column of an offset. */
export function placeAt(starts: readonly number[], offset: number): { line: number; column: number } {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
}
