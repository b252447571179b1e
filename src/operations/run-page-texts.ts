import { isMapping } from "../base/mapping.ts";
import { safeText } from "../base/safe-text.ts";
import { withBodies } from "../trace/blobs.ts";

/** Texts of records, as a page shows them: whole up to a length, and all together no more than a page of sane size holds. */
export interface Texts {
  /** Over several lines; a value that is no text as JSON. Line ends stand, whatever hides or reorders is shown as its code point. */
  block(value: unknown, charactersMax?: number): string;
  /** On one line. */
  line(value: unknown, charactersMax?: number): string;
}

/** Of all blocks of a page, in characters as they stand in the file. */
const pageCharactersMax = 2_500_000;
const blockCharactersMax = 6_000;
/** Nothing in it hides, moves or reorders. */
const plain = /^[\x20-\x7e\n\t]*$/;
/** A body above this is not read to show its beginning. */
const bodyBytesMax = 8 * 1024 * 1024;

export function pageTexts(stateDir: string): Texts {
  let left = pageCharactersMax;
  return {
    block(value, charactersMax = blockCharactersMax) {
      const whole = wordsOf(stateDir, value);
      const most = Math.min(charactersMax, left);
      const head = whole.slice(0, most).toWellFormed();
      // Most texts are plain, and looking at each character of megabytes takes long.
      const text = plain.test(head) ? head : safeText(head);
      // Some characters take five in the file.
      left -= Math.min(left, text.length + 4 * (text.match(/[&<>"']/g)?.length ?? 0));
      return whole.length <= most ? text : `${text}\n… ${(whole.length - most).toLocaleString("en-US")} more characters stand in the record`;
    },
    line: (value, charactersMax = 160) => {
      const text = safeText(
        headOf(value)
          .slice(0, charactersMax * 2)
          .replaceAll(/\s+/g, " ")
          .trim(),
        { oneLine: true },
      );
      return text.length > charactersMax ? `${text.slice(0, charactersMax - 1).toWellFormed()}…` : text;
    },
  };
}

function wordsOf(stateDir: string, value: unknown): string {
  if (isMapping(value) && Number(value["bytes"]) > bodyBytesMax) return headOf(value);
  try {
    const whole = withBodies(stateDir, value);
    return typeof whole === "string" ? whole : whole === undefined ? "" : JSON.stringify(whole, null, 2);
  } catch {
    return `${headOf(value)}\n(the rest is missing from the record, or was changed: agentctl audit verify)`;
  }
}

function headOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (isMapping(value) && typeof value["$blob"] === "string") return `${String(value["head"])}…`;
  return value === undefined ? "" : JSON.stringify(value);
}
