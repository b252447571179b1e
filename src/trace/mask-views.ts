/** Letters and digits as 1 to 36, without regard to case; everything else separates and is 0. */
const symbolOf = new Uint8Array(1 << 16);
for (const [digit, character] of [..."0123456789abcdefghijklmnopqrstuvwxyz"].entries()) {
  symbolOf[character.charCodeAt(0)] = digit + 1;
  symbolOf[character.toUpperCase().charCodeAt(0)] = digit + 1;
}

/** Texts as code units: of a million of them, each way of looking takes some milliseconds, which expressions do not. */
type Codes = Uint16Array;
/** The symbols of a text, each at its place; 0 where nothing counts. Undefined when there is nothing to look past. */
type Look = (codes: Codes, symbols: Uint8Array) => Uint8Array | undefined;

const code = {
  newline: 10,
  space: 32,
  quote: 34,
  apostrophe: 39,
  zero: 48,
  nine: 57,
  colon: 58,
  equals: 61,
  backslash: 92,
  n: 110,
  r: 114,
  t: 116,
  u: 117,
  x: 120,
} as const;
const setOf = (characters: string): ReadonlySet<number> => new Set([...characters].map((c) => c.charCodeAt(0)));
const beforeNumber = setOf(" \t([{<>|\"'*#-");
const afterNumber = setOf("]:.)|→;, \t-");
const blank = setOf(" \t");

/** Ways of looking past what stands between the pieces of a secret. */
const looks: readonly Look[] = [
  // One piece a line, after its number (`12: …`, `| 3 | …`), its name (`part2 = …`), or both, as searches print them (`notes.txt:12:…`).
  withoutPrefix(afterItsNumber),
  withoutPrefix((codes, start) => afterNames(codes, start, 1)),
  withoutPrefix((codes, start) => afterNames(codes, start, 2)),
  // Pieces in quotes, whatever stands between those: names of members, of variables, of functions.
  quotedWith(code.quote),
  quotedWith(code.apostrophe),
  hexWithoutPrefix,
];

/** The symbols of a text as it is, and as it is seen by looking past what may stand between the pieces of a secret. */
export function splitViews(text: string): Uint8Array[] {
  const codes = codesOf(text);
  const plain = unescaped(codes);
  return (plain === undefined ? [codes] : [codes, plain]).flatMap((seen) => {
    const symbols = symbolsIn(seen);
    return [symbols, ...looks.flatMap((look) => look(seen, symbols) ?? [])];
  });
}

/** The symbols of a text as it is. */
export function symbolsOf(text: string): Uint8Array {
  return symbolsIn(codesOf(text));
}

function codesOf(text: string): Codes {
  const codes = new Uint16Array(text.length);
  for (let index = 0; index < text.length; index++) codes[index] = text.charCodeAt(index);
  return codes;
}

function symbolsIn(codes: Codes): Uint8Array {
  const symbols = new Uint8Array(codes.length);
  for (let index = 0; index < codes.length; index++) symbols[index] = symbolOf[codes[index] ?? 0] ?? 0;
  return symbols;
}

/** With the characters that stand there escaped, as in JSON within a text. Undefined when there are none. */
function unescaped(codes: Codes): Codes | undefined {
  let plain: Codes | undefined;
  for (let at = 0; at < codes.length; at++) {
    if (codes[at] !== code.backslash) continue;
    while (codes[at + 1] === code.backslash) at += 1;
    const kind = codes[at + 1];
    const digits = kind === code.u ? Number.parseInt(String.fromCharCode(...codes.subarray(at + 2, at + 6)), 16) : Number.NaN;
    if (kind !== code.n && kind !== code.r && kind !== code.t && Number.isNaN(digits)) continue;
    plain ??= codes.slice();
    plain.fill(code.space, at, at + (kind === code.u ? 6 : 2));
    plain[at] = kind === code.u ? digits : code.newline;
  }
  return plain;
}

/** Past the first part of each line; `past` answers where it ends. */
function withoutPrefix(past: (codes: Codes, start: number) => number): Look {
  return (codes, symbols) => {
    let seen: Uint8Array | undefined;
    for (let start = 0; start < codes.length;) {
      const end = past(codes, start);
      if (end > start) {
        seen ??= symbols.slice();
        seen.fill(0, start, end);
      }
      start = end;
      while (start < codes.length && codes[start] !== code.newline) start += 1;
      start += 1;
    }
    return seen;
  };
}

function afterItsNumber(codes: Codes, start: number): number {
  const number = skip(codes, start, 8, beforeNumber);
  let at = number;
  while (at - number < 7 && (codes[at] ?? 0) >= code.zero && (codes[at] ?? 0) <= code.nine) at += 1;
  if (at === number) return start;
  const end = skip(codes, at, 4, blank);
  return end > at || afterNumber.has(codes[end] ?? 0) ? end : start;
}

function afterNames(codes: Codes, start: number, names: number): number {
  let at = start;
  for (let found = 0; found < names; found++) {
    const from = at;
    while (at - from < 48 && at < codes.length && codes[at] !== code.newline && codes[at] !== code.colon && codes[at] !== code.equals) at += 1;
    if (codes[at] !== code.colon && codes[at] !== code.equals) return start;
    at += 1;
  }
  return at;
}

function skip(codes: Codes, start: number, most: number, set: ReadonlySet<number>): number {
  let at = start;
  while (at - start < most && set.has(codes[at] ?? 0)) at += 1;
  return at;
}

/** Only what stands in quotes on one line, and is not a name before a colon. */
function quotedWith(mark: number): Look {
  return (codes, symbols) => {
    let seen: Uint8Array | undefined;
    let open = -1;
    for (let at = 0; at < codes.length; at++) {
      const here = codes[at];
      if (here === code.newline) open = -1;
      if (here !== mark) continue;
      if (open === -1) open = at;
      else {
        if (codes[skip(codes, at + 1, 4, blank)] !== code.colon) {
          seen ??= new Uint8Array(codes.length);
          seen.set(symbols.subarray(open + 1, at), open + 1);
        }
        open = -1;
      }
    }
    return seen;
  };
}

/** Bytes in hex, without the `\x` or `0x` before each. */
function hexWithoutPrefix(codes: Codes, symbols: Uint8Array): Uint8Array | undefined {
  let seen: Uint8Array | undefined;
  for (let at = 1; at < codes.length; at++) {
    const before = codes[at - 1];
    if ((codes[at] ?? 0) !== code.x || (before !== code.backslash && before !== code.zero)) continue;
    seen ??= symbols.slice();
    seen.fill(0, at - 1, at + 1);
  }
  return seen;
}
