/** What somebody types, as words to look for. */

const wordsMax = 32;
const wordLengthMax = 64;

/** So common that they find everything; they count where nothing else was typed. */
const common = new Set(
  "a an and are as at be but by can did do does for from had has have how i if in into is it its me my no not of on or our so than that the their them then there these they this to was we were what when where which who why will with you your".split(
    " ",
  ),
);

/** The words of a text that tell something, each once, at most 32; others only where there are none. */
export function queryWords(text: string): string[] {
  const all = [
    ...new Set(
      [
        ...text
          .slice(0, 4_000)
          .toLowerCase()
          .matchAll(/[\p{L}\p{N}\p{M}]+/gu),
      ].map(([word]) => word.slice(0, wordLengthMax).toWellFormed()),
    ),
  ];
  const telling = all.filter((word) => !common.has(word));
  return (telling.length > 0 ? telling : all).slice(0, wordsMax);
}

/**
 * Words as a query of SQLite's full-text search: each one quoted, any of them finds. Nothing that was typed is an operator, since a word has letters and
 * digits only. Undefined when there is nothing to look for.
 */
export function matchExpression(words: readonly string[]): string | undefined {
  const quoted = words.filter((word) => /^[\p{L}\p{N}\p{M}]+$/u.test(word)).map((word) => `"${word}"`);
  return quoted.length === 0 ? undefined : quoted.join(" OR ");
}

/** A piece of a text around the first place where one of the words stands; of its beginning where none does. On one line. */
export function snippetOf(text: string, words: readonly string[], lengthMax = 240): string {
  const flat = text.replaceAll(/\s+/g, " ").trim();
  const lower = flat.toLowerCase();
  // A lower-cased text may be of another length, and then places are those of no letter.
  const places = lower.length === flat.length ? words.map((word) => lower.indexOf(word)).filter((at) => at >= 0) : [];
  const first = places.length === 0 ? 0 : Math.min(...places);
  const from = Math.max(0, Math.min(first - Math.floor(lengthMax / 4), flat.length - lengthMax));
  const piece = flat.slice(from, from + lengthMax).toWellFormed();
  return `${from > 0 ? "…" : ""}${piece}${from + lengthMax < flat.length ? "…" : ""}`;
}
