/** Long-term memory: notes that people have committed, as they are read and searched. */

export const memoryKinds = ["lesson", "incident", "project"] as const;
export type MemoryKind = (typeof memoryKinds)[number];

/** The folder of each kind below memory/. */
export const kindFolders: Readonly<Record<MemoryKind, string>> = { lesson: "lessons", incident: "incidents", project: "projects" };

export const memoryRoom = "memory";

export const severities = ["low", "medium", "high", "critical"] as const;
export const statuses = ["open", "closed"] as const;

/** One note. */
export interface MemoryEntry {
  /** `lessons/costs-eat-edges`: its path without memory/ and .md. */
  id: string;
  /** Relative to the workspace. */
  path: string;
  kind: MemoryKind;
  title: string;
  /** Civil, e.g. 2026-11-28. */
  date: string;
  tags: readonly string[];
  /** A run's id, or a person. */
  source: string;
  /** It comes from a run that held what an untrusted skill made. */
  untrusted: boolean;
  /** Of incidents. */
  severity?: (typeof severities)[number] | undefined;
  /** Of incidents and projects. */
  status?: (typeof statuses)[number] | undefined;
  /** Markdown. */
  body: string;
}

export const memoryBounds = {
  /** Of one file. */
  fileBytes: 64 * 1024,
  /** Entries that are read; those that come after them by path do not count. */
  entries: 50_000,
  titleLength: 120,
  tags: 20,
  slugLength: 80,
} as const;

const pathPattern = /^memory\/(lessons|incidents|projects)\/([a-z0-9]+(?:-[a-z0-9]+)*)\.md$/;

/** The id and kind that a path stands for; undefined when no entry can lie there. */
export function entryAt(path: string): { id: string; kind: MemoryKind } | undefined {
  const [, folder = "", slug = ""] = pathPattern.exec(path) ?? [];
  const kind = memoryKinds.find((each) => kindFolders[each] === folder);
  return kind === undefined || slug.length > memoryBounds.slugLength ? undefined : { id: `${folder}/${slug}`, kind };
}

/** Where an entry of this id lies; undefined when it is none that could. */
export function pathOfId(id: string): string | undefined {
  const path = `${memoryRoom}/${id}.md`;
  return entryAt(path) === undefined ? undefined : path;
}

/** Whether a file lies where only entries should. Pages and other files directly in memory/ are nobody's concern. */
export function liesAmongEntries(path: string): boolean {
  return /^memory\/(lessons|incidents|projects)\//.test(path);
}

/** A title as the name of a file: letters and digits of the Latin alphabet, joined by `-`; `note` where it has none. */
export function slugOf(title: string): string {
  const plain = title.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  const slug = plain
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 60)
    .replaceAll(/^-+|-+$/g, "");
  return slug === "" ? "note" : slug;
}

/** What of a title tells it from others: letters and digits, without case. */
export function titleKey(title: string): string {
  return title
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}
