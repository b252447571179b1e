import { amount } from "../base/figures.ts";
import { isMapping } from "../base/mapping.ts";
import { safeText } from "../base/safe-text.ts";

/** Milliseconds for people: `412 ms`, `3.4 s`, `12 min`. */
export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : ms < 120_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}

export function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}

/** A digest, with or without its algorithm, as people compare it. */
export function short(digest: string): string {
  return digest.replace(/^sha256:/, "").slice(0, 8);
}

/** US dollars, to four significant digits. */
export function dollars(costUsd: number): string {
  return `$${amount(costUsd)}`;
}

/** Parts of a line, without those that there are none of. */
export function joined(parts: readonly (string | false | undefined)[]): string {
  return parts.filter(Boolean).join("  ");
}

/**
 * What an agent, a model or a tool wrote, as one line that cannot be taken for words of ours: without line ends and hidden characters, at most `width`
 * characters, in “quotes” that it cannot close. A body that stands outside its record is shown by its head.
 */
export function said(text: unknown, width = 120): string {
  const line = safeText(
    head(text)
      .slice(0, width * 4)
      .replaceAll(/\s+/g, " ")
      .trim(),
    { oneLine: true },
  ).replaceAll(/[“”]/g, '"');
  return `“${line.length > width ? `${line.slice(0, width - 1).toWellFormed()}…` : line}”`;
}

/** A name or an id that an agent or a model chose, bare: nothing in it but what names are made of. */
export function named(name: unknown, width = 60): string {
  const text = head(name);
  return text.length <= width && /^[\p{L}\p{N}_./:@-]+$/u.test(text) ? text : said(text, width);
}

function head(text: unknown): string {
  if (typeof text === "string") return text;
  if (isMapping(text) && typeof text["$blob"] === "string" && typeof text["head"] === "string") return `${text["head"]}…`;
  return text === undefined ? "" : JSON.stringify(text);
}
