import { randomBytes } from "node:crypto";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** A source of chance: n random bytes. */
export type Chance = (bytes: number) => Uint8Array;

/** The system's chance, fit for keys. */
const systemChance: Chance = (bytes) => randomBytes(bytes);

/**
 * A new id such as `r-7k2mq0x4w9`: prefix, then 50 random bits in lower-case Crockford base 32 (no i, l, o, u).
 * Prefixes that people see: r run, d decision, c call, b budget reservation.
 */
export function newId(prefix: string, chance: Chance = systemChance): string {
  const bytes = chance(10);
  let text = "";
  for (const byte of bytes) text += alphabet[byte & 31];
  return `${prefix}-${text}`;
}
