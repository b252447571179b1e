import type { Mask } from "./mask.ts";

export interface MaskedLines {
  /** Takes text as it comes, in pieces of any size; answers what may be shown now, in whole lines, masked; perhaps nothing. */
  write(piece: string): string;
  /** Answers the rest. */
  end(): string;
}

/** What is held back when nothing is found in it; a secret whose pieces stand further apart than this slips through. */
const tailDefault = 512;
/** More is not held back, whatever stands in it: then it is shown, masked as far as it came. */
const heldMax = 32 * 1024;
/** So many line ends, from the last one back, are tried as the place to part at. */
const tries = 8;

/**
 * Masks text that is shown while it comes. A secret may begin in one piece and end in another, or have a character in each of many lines: so the last `tail`
 * characters are held back, and text is parted only at a line end where the two sides, masked alone, are the whole, masked.
 */
export function maskLines(mask: Mask, { tail = tailDefault }: { tail?: number } = {}): MaskedLines {
  let held = "";
  const release = (cut: number, masked: string): string => {
    held = held.slice(cut);
    return masked;
  };
  return {
    write(piece) {
      held += piece;
      if (held.length <= tail || !(piece.includes("\n") || held.length > heldMax)) return "";
      const whole = mask(held);
      for (const cut of cuts(held, held.length - tail)) {
        const before = mask(held.slice(0, cut));
        if (before + mask(held.slice(cut)) === whole) return release(cut, before);
      }
      return held.length > heldMax ? release(held.length, whole) : "";
    },
    end: () => release(held.length, mask(held)),
  };
}

/** Line ends, the last one first; where a line is longer than what may be held back, any place. */
function* cuts(text: string, last: number): Generator<number> {
  let at = last;
  for (let tried = 0; tried < tries; tried++) {
    at = text.lastIndexOf("\n", at - 1);
    if (at === -1) break;
    yield at + 1;
    if (at === 0) break;
  }
  if (text.length > heldMax) yield last;
}
