import { sha256 } from "../base/digest.ts";
import type { MemoryEntry } from "./entry.ts";

/** A piece of an entry that gets a vector of its own. */
export interface Passage {
  /** Of the text: the same words never cost twice. */
  digest: string;
  text: string;
}

const lengthMax = 1_600;
const passagesMax = 48;

/** An entry in pieces that an embedding model can hold, cut between paragraphs, else between lines, else anywhere; each with the title before it. */
export function passagesOf({ title, body }: Pick<MemoryEntry, "title" | "body">): Passage[] {
  const pieces: string[] = [];
  for (const part of body.split(/\n{2,}/).flatMap(fitting)) {
    const last = pieces.at(-1);
    if (last !== undefined && last.length + part.length + 2 <= lengthMax) pieces[pieces.length - 1] = `${last}\n\n${part}`;
    else pieces.push(part);
  }
  return pieces.slice(0, passagesMax).map((piece) => {
    const text = `${title}\n\n${piece}`;
    return { digest: sha256(text), text };
  });
}

function fitting(part: string): string[] {
  if (part.length <= lengthMax) return part.trim() === "" ? [] : [part];
  const cut = part.lastIndexOf("\n", lengthMax);
  const at = cut > lengthMax / 4 ? cut : lengthMax;
  return [part.slice(0, at).toWellFormed(), ...fitting(part.slice(at).trimStart())];
}
