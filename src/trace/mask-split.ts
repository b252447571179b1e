import { splitForms } from "./mask-forms.ts";
import { splitViews, symbolsOf } from "./mask-views.ts";

/** A part of a text, its end excluded, that holds (a piece of) a secret. */
export interface SecretRange {
  from: number;
  to: number;
  label: string;
}

/** Ranges in order, none overlapping. */
export type FindSplit = (text: string) => SecretRange[];

/** Of a form that is searched for; shorter ones would be found where they do not stand. */
const window = 10;
/** Between two characters of a secret, so many others are masked with them; beyond a wider gap a new range begins. */
const gapMax = 64;
const base = 37;
const leading = Array.from({ length: window - 1 }).reduce<number>((power) => Math.imul(power, base), 1);

interface Form {
  symbols: Uint8Array;
  label: string;
}

/**
 * Finds secrets that stand in a text in pieces: whatever is neither letter nor digit may stand between any two of their characters, and what `mask-views.ts`
 * looks past. Plain, in another case, reversed, and in the encodings of `splitForms`. Linear in the text, however many secrets there are: a rolling hash over
 * its letters and digits. Secrets that are shorter than 12, or have fewer than ten letters and digits, are not looked for; undefined when there are no others.
 */
export function splitFinder(secrets: ReadonlyMap<string, string>): FindSplit | undefined {
  const forms = new Map<number, Form[]>();
  const maybe = new Uint8Array(1 << 16);
  for (const [secret, label] of secrets) {
    for (const form of splitForms(secret)) {
      const { symbols } = pressed(symbolsOf(form), new Uint8Array(form.length), new Uint32Array(form.length));
      if (symbols.length < window || (symbols.length < 12 && symbols.every((symbol) => symbol <= 10))) continue;
      const hash = hashOf(symbols);
      const alike = forms.get(hash);
      if (alike === undefined) forms.set(hash, [{ symbols, label }]);
      else alike.push({ symbols, label });
      maybe[folded(hash)] = 1;
    }
  }
  // The longest first: a form may be the beginning of another one.
  for (const alike of forms.values()) alike.sort((a, b) => b.symbols.length - a.symbols.length);
  if (forms.size === 0) return undefined;
  return (text) => {
    const letters = new Uint8Array(text.length);
    const places = new Uint32Array(text.length);
    const found = splitViews(text).flatMap((view) => search(pressed(view, letters, places), forms, maybe));
    return found.length === 0 ? found : apart(found);
  };
}

interface Letters {
  symbols: Uint8Array;
  /** Where each of them stands in the text. */
  places: Uint32Array;
}

/** What counts in a text, close together, in the room that is given. */
function pressed(view: Uint8Array, letters: Uint8Array, places: Uint32Array): Letters {
  let length = 0;
  for (let index = 0; index < view.length; index++) {
    const symbol = view[index] ?? 0;
    if (symbol === 0) continue;
    letters[length] = symbol;
    places[length] = index;
    length += 1;
  }
  return { symbols: letters.subarray(0, length), places: places.subarray(0, length) };
}

function search({ symbols: letters, places }: Letters, forms: ReadonlyMap<number, readonly Form[]>, maybe: Uint8Array): SecretRange[] {
  const found: SecretRange[] = [];
  let hash = hashOf(letters);
  for (let at = 0; at + window <= letters.length; at++) {
    if (maybe[folded(hash)] === 1) {
      const form = forms.get(hash)?.find((candidate) => stands(candidate.symbols, letters, at));
      if (form !== undefined) found.push(...rangesOf(places, at, at + form.symbols.length, form.label));
    }
    hash = (Math.imul(hash - Math.imul(letters[at] ?? 0, leading), base) + (letters[at + window] ?? 0)) | 0;
  }
  return found;
}

function stands(form: Uint8Array, letters: Uint8Array, at: number): boolean {
  for (let index = 0; index < form.length; index++) if (form[index] !== letters[at + index]) return false;
  return true;
}

/** Over the first characters of a form, or of what is left of a text. */
function hashOf(letters: Uint8Array): number {
  let hash = 0;
  for (let index = 0; index < window; index++) hash = (Math.imul(hash, base) + (letters[index] ?? 0)) | 0;
  return hash;
}

function folded(hash: number): number {
  return (hash ^ (hash >>> 16)) & 0xffff;
}

function rangesOf(places: Uint32Array, start: number, end: number, label: string): SecretRange[] {
  const ranges: SecretRange[] = [];
  let range: SecretRange | undefined;
  for (const place of places.subarray(start, end)) {
    if (range !== undefined && place - range.to <= gapMax) range.to = place + 1;
    else ranges.push((range = { from: place, to: place + 1, label }));
  }
  return ranges;
}

/** In order; what overlaps becomes one. */
function apart(ranges: SecretRange[]): SecretRange[] {
  const merged: SecretRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.from - b.from || b.to - a.to)) {
    const last = merged.at(-1);
    if (last !== undefined && range.from < last.to) last.to = Math.max(last.to, range.to);
    else merged.push(range);
  }
  return merged;
}
