import { hiddenKind, shownCodePoint } from "../base/safe-text.ts";

/** Lower-case letters of other alphabets that a reader takes for Latin ones, each with the one it looks like: Cyrillic, Greek, and odd Latin. */
const lookAlikes: ReadonlyMap<string, string> = new Map(
  [
    "\u0430a \u0435e \u043eo \u0440p \u0441c \u0443y \u0445x \u0456i \u0458j \u0455s \u0501d \u051bq \u051dw \u04bbh \u04cfl \u043ak \u0432b \u043cm \u043dh \u0442t \u0433r",
    "\u03b1a \u03bfo \u03c1p \u03bdv \u03b9i \u03bak \u03c4t \u03c5u \u03c7x \u03b5e \u0131i \u0269i \u0251a \u0261g \u01c0l \u0578n \u057dq \u0585o",
  ]
    .join(" ")
    .split(" ")
    .map((pair) => [pair[0] ?? "", pair[1] ?? ""]),
);

/**
 * A path as file systems and readers find it that know neither case nor the difference between look-alikes, nor characters that cannot be seen, nor dots and
 * spaces at the end of a name.
 */
export function foldedPath(path: string): string {
  return [...path.normalize("NFKC").toLowerCase().normalize("NFKC")]
    .filter((character) => hiddenKind(character.codePointAt(0) ?? 0) === undefined)
    .map((character) => lookAlikes.get(character) ?? character)
    .join("")
    .split("/")
    .map((part) => part.replace(/(?<=[^. ])[. ]+$/, ""))
    .join("/");
}

const foreign = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\u0131\u0251\u0261\u0269\u01c0]/u;

/**
 * A text in which letters show themselves that are not what they look like: in words that mix them with Latin ones, and in words made of nothing else, each is
 * written as «U+XXXX». Words of another alphabet stay.
 */
export function shownLookAlikes(text: string): string {
  if (!foreign.test(text)) return text;
  return text.replaceAll(/[\p{L}\p{M}]+/gu, (word) => {
    if (!foreign.test(word)) return word;
    const letters = [...word];
    const mixed = /[A-Za-z]/.test(word) || letters.every((letter) => lookAlikes.has(letter.toLowerCase()));
    return mixed ? letters.map((letter) => (foreign.test(letter) ? shownCodePoint(letter.codePointAt(0) ?? 0) : letter)).join("") : word;
  });
}
