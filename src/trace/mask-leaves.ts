import type { FindSplit, SecretRange } from "./mask-split.ts";

/** A text of a JSON value: a member's name, or a value. */
interface Leaf {
  text: string;
  /** What it stands with: the names of all members, or the member that it is the value of (items are of their list's member). */
  group: string;
}

const namesGroup = "names of members";

/**
 * Masks what `find` finds in the texts of a JSON value: in each one, in neighbours (the items of a list, the members of an object), in all values of members
 * of one name (the texts of messages), and in the names of members. A secret whose pieces stand further apart, or as numbers, is not recognised.
 */
export function maskSplit(value: unknown, find: FindSplit): unknown {
  if (typeof value === "string") return replaced(value, find(value));
  const leaves: Leaf[] = [];
  rewrite(value, "", (text, group) => {
    leaves.push({ text, group });
    return text;
  });
  const groups = Map.groupBy(leaves.keys(), (index) => leaves[index]?.group ?? "");
  const values = leaves
    .keys()
    .filter((index) => leaves[index]?.group !== namesGroup)
    .toArray();
  const masked = new Map<number, SecretRange[]>();
  findAcross(leaves, values, find, masked);
  for (const [group, sequence] of groups) {
    // All values in a row have been looked at, and each one with them.
    if (group === namesGroup || (sequence.length > 1 && sequence.length < values.length)) findAcross(leaves, sequence, find, masked);
  }
  if (masked.size === 0) return value;
  let next = 0;
  return rewrite(value, "", (text) => replaced(text, masked.get(next++) ?? []));
}

/** Notes what stands in some of the texts, in one or in several together. */
function findAcross(leaves: readonly Leaf[], sequence: readonly number[], find: FindSplit, masked: Map<number, SecretRange[]>): void {
  const texts = sequence.map((index) => leaves[index]?.text ?? "");
  const ranges = find(texts.join("\n"));
  let start = 0;
  let next = 0;
  for (const [position, index] of sequence.entries()) {
    if (next >= ranges.length) return;
    const end = start + (texts[position]?.length ?? 0);
    for (let range = ranges[next]; range !== undefined && range.from < end; range = ranges[next]) {
      if (range.to > start) {
        const here = { from: Math.max(range.from, start) - start, to: Math.min(range.to, end) - start, label: range.label };
        masked.set(index, [...(masked.get(index) ?? []), here]);
      }
      // One that goes on has a piece in the next text, too.
      if (range.to > end) break;
      next += 1;
    }
    start = end + 1;
  }
}

/** A value with every text (names first, then values, in order) changed. */
function rewrite(value: unknown, group: string, change: (text: string, group: string) => string): unknown {
  if (typeof value === "string") return change(value, group);
  if (Array.isArray(value)) return value.map((item) => rewrite(item, group, change));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [change(name, namesGroup), rewrite(member, name, change)]));
}

function replaced(text: string, ranges: readonly SecretRange[]): string {
  let masked = "";
  let at = 0;
  for (const { from, to, label } of ranges.toSorted((a, b) => a.from - b.from)) {
    if (to <= at) continue;
    masked += `${text.slice(at, Math.max(at, from))}${label}`;
    at = to;
  }
  return masked + text.slice(at);
}
