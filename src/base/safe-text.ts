/** What a code point that prints nothing, or that moves or reorders what is printed, is used for. */
export type HiddenKind = "control" | "bidi" | "invisible" | "surrogate";

type Range = readonly [from: number, to: number, kind: HiddenKind];

/** Cc without tab and line feed; the bidi controls of UAX 9; default-ignorable and other invisible code points; lone surrogates. In order. */
const hidden: readonly Range[] = [
  [0x00, 0x08, "control"],
  [0x0b, 0x1f, "control"],
  [0x7f, 0x9f, "control"],
  [0xad, 0xad, "invisible"],
  [0x34f, 0x34f, "invisible"],
  [0x61c, 0x61c, "bidi"],
  [0x115f, 0x1160, "invisible"],
  [0x17b4, 0x17b5, "invisible"],
  [0x180b, 0x180f, "invisible"],
  [0x200b, 0x200d, "invisible"],
  [0x200e, 0x200f, "bidi"],
  [0x2028, 0x2029, "control"],
  [0x202a, 0x202e, "bidi"],
  [0x2060, 0x2065, "invisible"],
  [0x2066, 0x2069, "bidi"],
  [0x206a, 0x206f, "invisible"],
  [0x3164, 0x3164, "invisible"],
  [0xd800, 0xdfff, "surrogate"],
  [0xfeff, 0xfeff, "invisible"],
  [0xffa0, 0xffa0, "invisible"],
  [0xfff0, 0xfffb, "invisible"],
  [0x1d173, 0x1d17a, "invisible"],
  [0xe0000, 0xe0fff, "invisible"],
];

/** The kind of a code point that a person cannot see, or undefined for one they can (tab and line feed count as seen). */
export function hiddenKind(codePoint: number): HiddenKind | undefined {
  if (codePoint >= 0x20 && codePoint < 0x7f) return undefined;
  return hidden.find(([from, to]) => codePoint >= from && codePoint <= to)?.[2];
}

/** «U+202E» for the code point 0x202e. */
export function shownCodePoint(codePoint: number): string {
  return `«U+${codePoint.toString(16).toUpperCase().padStart(4, "0")}»`;
}

/**
 * Text from elsewhere, fit for a terminal, a log or a diff: what would act on the terminal or hide from the reader is shown as «U+XXXX».
 * CR LF becomes LF; with `oneLine`, tab and line feed are shown too.
 */
export function safeText(text: string, options: { oneLine?: boolean } = {}): string {
  let safe = "";
  for (const character of text.replaceAll("\r\n", "\n")) {
    const codePoint = character.codePointAt(0) ?? 0;
    const shown = hiddenKind(codePoint) !== undefined || (options.oneLine === true && (codePoint === 0x09 || codePoint === 0x0a));
    safe += shown ? shownCodePoint(codePoint) : character;
  }
  return safe;
}
