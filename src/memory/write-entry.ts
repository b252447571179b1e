import { kindFolders, memoryRoom, slugOf, type MemoryEntry } from "./entry.ts";

/** An entry as the text of its file. What is read from that is the same entry. */
export function entryText(entry: Omit<MemoryEntry, "id" | "path">): string {
  const { kind, title, date, tags, source, untrusted, severity, status, body } = entry;
  const lines = [
    `kind: ${kind}`,
    `title: ${JSON.stringify(title)}`,
    `date: ${date}`,
    ...(tags.length === 0 ? [] : [`tags: [${tags.map((tag) => JSON.stringify(tag)).join(", ")}]`]),
    `source: ${JSON.stringify(source)}`,
    ...(untrusted ? ["untrusted: true"] : []),
    ...(severity === undefined ? [] : [`severity: ${severity}`]),
    ...(status === undefined ? [] : [`status: ${status}`]),
  ];
  return `---\n${lines.join("\n")}\n---\n\n${body.replaceAll("\r\n", "\n").trim()}\n`;
}

/** A place for a new entry, beside those that are `taken`: named by its title, with a number where that name is taken. */
export function placeFor(entry: Pick<MemoryEntry, "kind" | "title">, taken: (path: string) => boolean): string {
  const base = `${memoryRoom}/${kindFolders[entry.kind]}/${slugOf(entry.title)}`;
  for (let number = 1; ; number += 1) {
    const path = number === 1 ? `${base}.md` : `${base}-${number}.md`;
    if (!taken(path)) return path;
  }
}
