import { safeText } from "../../base/safe-text.ts";

/** What a model reads of one call at most, in bytes. */
export const replyBytesMax = 16 * 1024;

/** Of a text from elsewhere no more is looked at, letter by letter. */
const looksAtMax = 2 * 1024 * 1024;

/** Of a text that is too long, this share of what is shown comes from its beginning. */
const headShare = 2 / 3;

/**
 * A text of at most about `bytesMax` bytes: of a longer one head and tail, cut between lines where there are any, and between them a line that says what
 * was left out.
 */
export function bounded(text: string, bytesMax: number = replyBytesMax): string {
  const bytes = Buffer.from(text.toWellFormed(), "utf8");
  if (bytes.length <= bytesMax) return bytes.toString("utf8");
  const head = lineEnd(bytes, Math.floor(bytesMax * headShare));
  const tail = lineStart(bytes, bytes.length - Math.floor(bytesMax * (1 - headShare)));
  const left = bytes.subarray(head, tail);
  const lines = left.filter((byte) => byte === lineFeed).length;
  const beginning = bytes.toString("utf8", 0, head).replace(/\n$/, "");
  return `${beginning}\n… ${left.length} bytes${lines > 1 ? `, ${lines} lines,` : ""} left out …\n${bytes.toString("utf8", tail)}`;
}

/**
 * Text that a skill, a page or a strategy wrote, so that it cannot pass for ours: each of its lines begins with `| `, and what would hide or reorder
 * letters is shown as «U+XXXX».
 */
export function foreign(text: string, bytesMax: number = replyBytesMax - 2048): string {
  return bounded(safeText(bounded(text, looksAtMax)), bytesMax)
    .split("\n")
    .map((line) => `| ${line}`)
    .join("\n");
}

/** The same on one line and short, for a name or a reason within a sentence of ours. */
export function foreignWord(text: string, charactersMax = 200): string {
  const word = safeText(text.slice(0, charactersMax).toWellFormed(), { oneLine: true });
  return text.length > charactersMax ? `${word}…` : word;
}

const lineFeed = 0x0a;

/** The end of the last whole line before `at`, else of the last whole character. */
function lineEnd(bytes: Buffer, at: number): number {
  const end = bytes.lastIndexOf(lineFeed, at - 1) + 1;
  return end > at / 2 ? end : characterStart(bytes, at);
}

/** The start of the first whole line from `at` on, else of the next whole character. */
function lineStart(bytes: Buffer, at: number): number {
  const start = bytes.indexOf(lineFeed, at) + 1;
  const near = start > 0 && start - at < (bytes.length - at) / 2;
  if (near) return start;
  let next = at;
  while (next < bytes.length && isContinuation(bytes[next])) next += 1;
  return next;
}

function characterStart(bytes: Buffer, at: number): number {
  let start = at;
  while (start > 0 && isContinuation(bytes[start])) start -= 1;
  return start;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
