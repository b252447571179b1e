import { isoTime } from "../base/clock.ts";
import { readYaml } from "../base/document.ts";
import type { Finding } from "../base/finding.ts";
import { checkDocument } from "../base/json-schema.ts";
import { entryAt, memoryBounds, type MemoryEntry } from "./entry.ts";
import { memorySchema } from "./entry-schema.ts";

export interface EntryRead {
  /** Absent when it does not count; `findings` say why. */
  entry?: MemoryEntry | undefined;
  findings: Finding[];
}

const fence = /^---[ \t]*$/;

/** Reads one file of memory/. Never throws for what is written in it: a finding means that the entry does not count. */
export function readEntry(path: string, data: Uint8Array): EntryRead {
  const refuse = (rule: string, message: string, place: { line?: number; column?: number } = {}, hint?: string): EntryRead => ({
    findings: [{ rule: `memory/${rule}`, level: "error", message, file: path, ...place, hint }],
  });
  const place = entryAt(path);
  if (place === undefined)
    return refuse("path", `${path} is no place for an entry`, {}, "memory/{lessons,incidents,projects}/<name>.md, the name of small letters, digits and -");
  if (data.byteLength > memoryBounds.fileBytes) return refuse("too-large", `it has ${data.byteLength} bytes; at most ${memoryBounds.fileBytes} are read`);
  const text = textOf(data);
  if (text === undefined) return refuse("not-text", "it is not UTF-8 text");

  const lines = text.split("\n");
  if (!fence.test(lines[0] ?? ""))
    return refuse(
      "frontmatter",
      "it does not start with a line ---",
      { line: 1, column: 1 },
      "start with ---, the keys kind, title, date and source, and --- again",
    );
  const end = lines.findIndex((line, index) => index > 0 && fence.test(line));
  if (end < 0) return refuse("frontmatter", "the frontmatter does not end: no second line ---", { line: lines.length, column: 1 });
  // An empty first line stands for the fence, so that places are those of the file.
  const { document, findings } = readYaml({ path, text: `\n${lines.slice(1, end).join("\n")}\n` });
  if (document === undefined) return { findings };
  const problems = checkDocument(memorySchema, document, "memory/schema");
  if (problems.length > 0) return { findings: problems };

  const raw = document.value as Omit<MemoryEntry, "id" | "path" | "tags" | "untrusted" | "body"> & { tags?: string[]; untrusted?: true };
  const { line, column } = document.at(["kind"]);
  if (raw.kind !== place.kind) return refuse("kind", `it is a ${raw.kind}, and lies among those of kind ${place.kind}`, { line, column });
  const odd =
    raw.kind === "incident" ? undefined : raw.severity !== undefined ? "severity" : raw.kind === "lesson" && raw.status !== undefined ? "status" : undefined;
  if (odd !== undefined) return refuse("kind", `a ${raw.kind} has no ${odd}`, document.at([odd], true));
  if (!isDay(raw.date)) return refuse("date", `there is no day ${raw.date}`, document.at(["date"]));
  const body = lines
    .slice(end + 1)
    .join("\n")
    .trim();
  if (body === "") return refuse("empty", "it says nothing after its frontmatter", { line: end + 2, column: 1 });
  const { tags = [], untrusted, ...rest } = raw;
  return { entry: { ...rest, id: place.id, path, tags, untrusted: untrusted === true, body }, findings: [] };
}

function textOf(data: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(data).replaceAll("\r\n", "\n");
  } catch {
    return undefined;
  }
}

/** The pattern lets 31 February pass. */
function isDay(date: string): boolean {
  const time = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(time) && isoTime(time).startsWith(date);
}
