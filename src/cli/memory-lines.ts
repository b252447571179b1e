import { safeText } from "../base/safe-text.ts";
import type { MemoryFound } from "../operations/find-memory.ts";
import type { MemoryListed } from "../operations/list-memory.ts";
import type { MemoryEntry } from "../memory/entry.ts";
import { clip } from "./clip.ts";
import { table } from "./table.ts";

const word = (text: string, width: number): string => clip(safeText(text, { oneLine: true }), width);

/** The entries of the commit, a line each. */
export function memoryList({ entries }: Pick<MemoryListed, "entries">): string[] {
  const rows = entries.map(({ id, date, title, tags, status, severity, untrusted }) => ({
    id,
    date,
    title: word(title, 80),
    tags: tags.join(","),
    state: [untrusted ? "untrusted" : undefined, severity, status].filter((part) => part !== undefined).join(" "),
  }));
  return table(rows, ["id", "date", "state", "title", "tags"]);
}

/** What was found, two lines an entry. */
export function memoryFound({ entries }: Pick<MemoryFound, "entries">): string[] {
  return entries.flatMap(({ id, date, title, snippet, untrusted }) => [
    `${id}  ${date}  ${word(title, 120)}${untrusted ? "  (untrusted)" : ""}`,
    `    ${word(snippet, 260)}`,
  ]);
}

/** An entry with what is known of it. */
export function memoryEntry({ id, kind, title, date, tags, source, untrusted, severity, status, body }: MemoryEntry): string[] {
  const facts: [string, string | undefined][] = [
    ["entry", id],
    ["title", title],
    ["kind", [kind, severity, status].filter((part) => part !== undefined).join(" ")],
    ["date", date],
    ["tags", tags.length === 0 ? undefined : tags.join(", ")],
    ["source", source],
    ["untrusted", untrusted ? "an untrusted skill had its hand in the run that wrote it" : undefined],
  ];
  const head = facts.flatMap(([name, value]) => (value === undefined ? [] : [`${name.padEnd(11)}${safeText(value, { oneLine: true })}`]));
  return [...head, "", ...safeText(body).split("\n")];
}
