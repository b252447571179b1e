import { createHmac } from "node:crypto";
import { maskDecoded } from "./mask-decode.ts";
import { literal, writtenForms } from "./mask-forms.ts";
import { maskSplit } from "./mask-leaves.ts";
import { mayHoldSecret, secretMember, secretPatterns, secretVariable } from "./mask-patterns.ts";
import { splitFinder } from "./mask-split.ts";

/** Replaces secrets in every text of a JSON value (or in a text). Answers a new value; the same one when nothing was found in a text. */
export type Mask = <T>(value: T) => T;

export interface MaskOptions {
  /** More environment variables that hold secrets. */
  names?: readonly string[];
  /** Of the state directory: the same secret has the same fingerprint there, and nowhere else. */
  key?: Uint8Array;
}

const shortest = 8;
/** No format of a secret is shorter: `a://:b@` in a text with anything around it is not one that matters. */
const shortestFormat = 12;

/**
 * A mask that knows the secrets of an environment and the formats of `mask-patterns.ts`, plain and encoded (base64 at any
 * alignment, hex, URL, JSON, reversed), known secrets in pieces too. A secret becomes `«masked:NAME#fingerprint»`. It is the net behind
 * the wall, not the wall: secrets never enter a container.
 */
export function createMask(env: Readonly<Record<string, string | undefined>>, options: MaskOptions = {}): Mask {
  const { names = [], key = new Uint8Array(32) } = options;
  const label = (name: string, secret: string): string => `«masked:${name}#${createHmac("sha256", key).update(secret).digest("hex").slice(0, 8)}»`;
  const secrets = knownSecrets(env, names, label);
  const labels = new Map([...secrets].flatMap(([secret, labelled]) => writtenForms(secret).map((form) => [form, labelled] as const)));
  const findSplit = splitFinder(secrets);
  // The longest first: a secret may be part of another one.
  const literals = [...labels.keys()].toSorted((a, b) => b.length - a.length).map(literal);
  const known = literals.length === 0 ? undefined : new RegExp(literals.join("|"), "g");

  const maskText = (text: string): string => {
    if (text.length < shortest) return text;
    let masked = known === undefined ? text : text.replace(known, (form) => labels.get(form) ?? form);
    if (masked.length < shortestFormat) return masked;
    for (const { name, pattern } of mayHoldSecret.test(masked) ? secretPatterns : []) {
      masked = masked.replace(pattern, (whole: string, group: unknown) => {
        const secret = typeof group === "string" ? group : whole;
        if (secret.includes("«masked:")) return whole;
        return whole.replace(secret, () => label(name, secret));
      });
    }
    return maskDecoded(masked, label);
  };

  const maskValue = (value: unknown): unknown => {
    if (typeof value === "string") return maskText(value);
    if (Array.isArray(value)) return value.map(maskValue);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => {
        const secret = typeof member === "string" && member.length >= shortest && secretMember.test(name) && !member.startsWith("«masked:");
        return [maskText(name), secret ? label(name, member) : maskValue(member)];
      }),
    );
  };
  return <T>(value: T): T => {
    const masked = maskValue(value);
    return (findSplit === undefined ? masked : maskSplit(masked, findSplit)) as T;
  };
}

/** Secrets by their text, each with what stands in its place. */
function knownSecrets(
  env: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
  label: (name: string, secret: string) => string,
): Map<string, string> {
  const secrets = new Map<string, string>();
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || !(secretVariable(name) || names.includes(name))) continue;
    // Of a secret of several lines, each line tells enough to be one.
    const lines = value.split(/\r?\n/).filter((line) => line.length >= 16);
    for (const secret of new Set([value, value.trim(), ...lines])) if (secret.length >= shortest) secrets.set(secret, label(name, secret));
  }
  return secrets;
}
