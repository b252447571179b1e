/** Longer texts are compared by their beginning. */
const charactersMax = 8_000;

/** Words of English that stand in every objective and say nothing about it. */
const empty = new Set(
  `a about all also an and any are as at be been but by can could do does for from get give had has have how i if in into is it its let make me my need new no
  not of on one or our out please say should so some tell than that the their them then there these they this to up use used using want was we were what when where
  whether which who will with would you your`.split(/\s+/),
);

/** Scripts that are written without spaces between words. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** The words of a text as they are compared, in order: folded, without endings and without words that say nothing. Any text, any script; never throws. */
export function wordsOf(text: string): string[] {
  return read(text).map(([word]) => word);
}

/** Each word as it stands in the text, by the form in which it is compared; the first of several. */
export function writtenWords(text: string): ReadonlyMap<string, string> {
  return new Map(read(text).toReversed());
}

function read(text: string): [word: string, written: string][] {
  const folded = text.slice(0, charactersMax).toWellFormed().normalize("NFKC").toLowerCase();
  return [...folded.matchAll(/[\p{L}\p{M}\p{N}]+/gu)].flatMap(([token]): [string, string][] => {
    if (unspaced.test(token)) return pairsOf(token).map((pair) => [pair, pair]);
    return empty.has(token) ? [] : [[stemOf(token), token]];
  });
}

/** Two characters at a time stand for words where no space does. */
function pairsOf(token: string): string[] {
  const characters = [...token];
  return characters.length < 2 ? [token] : characters.slice(1).map((character, index) => `${characters[index] ?? ""}${character}`);
}

const stems = new Map<string, string>();
/** Of words that stand in many texts; more are not kept. */
const stemsMax = 5_000;

function stemOf(word: string): string {
  const known = stems.get(word);
  if (known !== undefined) return known;
  const stem = stemmed(word);
  if (stems.size < stemsMax && word.length <= 32) stems.set(word, stem);
  return stem;
}

/** `profiling`, `profiles` and `profiled` ⇒ `profil`. Too much for a dictionary, enough to compare. */
function stemmed(word: string): string {
  if (word.length < 4 || !/^[a-z]+$/.test(word)) return word;
  const plural = word.replace(/ies$/, "y").replace(/(ss|sh|ch|x|z)es$/, "$1");
  const one = plural === word && /[^sui]s$/.test(word) ? word.slice(0, -1) : plural;
  const bare = /^.*[aeiouy].*(ing|ed)$/.test(one) && one.length > 5 ? one.replace(/(ing|ed)$/, "").replace(/([bdfgmnprt])\1$/, "$1") : one;
  return bare.length > 4 ? bare.replace(/[ey]$/, "") : bare;
}
