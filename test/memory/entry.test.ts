import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { entryAt, kindFolders, memoryKinds, pathOfId, severities, slugOf, statuses, titleKey, type MemoryEntry } from "../../src/memory/entry.ts";
import { passagesOf } from "../../src/memory/passages.ts";
import { readEntry } from "../../src/memory/read-entry.ts";
import { entryText, placeFor } from "../../src/memory/write-entry.ts";
import { note } from "../support/memory.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const readAt = (path: string, text: string): ReturnType<typeof readEntry> => readEntry(path, bytes(text));

const line = (maxLength: number): fc.Arbitrary<string> =>
  fc
    .string({ unit: "binary", maxLength })
    .map((text) =>
      text
        .toWellFormed()
        .replaceAll(/[\r\n]/g, " ")
        .replaceAll(/^\s+|\s+$/g, ""),
    )
    .filter((text) => [...text].length >= 3 && [...text].length <= maxLength && /^\S(?:[^\r\n]*\S)?$/.test(text));

const entries: fc.Arbitrary<Omit<MemoryEntry, "id" | "path">> = fc
  .record({
    kind: fc.constantFrom(...memoryKinds),
    title: line(60),
    date: fc
      .date({ min: new Date("1970-01-01T00:00:00Z"), max: new Date("2999-12-31T00:00:00Z"), noInvalidDate: true })
      .map((date) => date.toISOString().slice(0, 10)),
    tags: fc.uniqueArray(fc.stringMatching(/^[a-z0-9]{1,8}(-[a-z0-9]{1,8})?$/), { maxLength: 5 }),
    source: line(60),
    untrusted: fc.boolean(),
    severity: fc.option(fc.constantFrom(...severities), { nil: undefined }),
    status: fc.option(fc.constantFrom(...statuses), { nil: undefined }),
    body: fc
      .string({ unit: "binary", minLength: 1 })
      .map((text) => text.toWellFormed().replaceAll("\r\n", "\n").trim())
      .filter((text) => text !== ""),
  })
  .map((entry) => ({
    ...entry,
    severity: entry.kind === "incident" ? entry.severity : undefined,
    status: entry.kind === "lesson" ? undefined : entry.status,
  }));

describe("what is written", () => {
  test("is read as the same entry", () => {
    fc.assert(
      fc.property(entries, (entry) => {
        const path = placeFor(entry, () => false);
        const read = readAt(path, entryText(entry));
        expect(read.findings).toEqual([]);
        const { id: _id, path: _path, ...rest } = read.entry ?? ({} as MemoryEntry);
        expect({ severity: undefined, status: undefined, ...rest }).toEqual(entry);
      }),
    );
  });

  test("never takes a place that is taken, and stays in the room", () => {
    const taken = new Set<string>();
    for (const title of ["Costs", "costs!", "Costs", "費用", "../../x", "—"]) {
      const path = placeFor({ kind: "lesson", title }, (place) => taken.has(place));
      expect(taken.has(path)).toBe(false);
      expect(path).toMatch(/^memory\/lessons\/[a-z0-9-]+\.md$/);
      taken.add(path);
    }
  });
});

describe("what is read", () => {
  test("garbage never throws, and says where it is wrong or is an entry", () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.string({ unit: "binary", maxLength: 400 }).map(bytes),
      fc.string({ maxLength: 200 }).map((text) => bytes(`---\n${text}\n---\n\nx\n`)),
      fc.object().map((value) => bytes(`---\n${JSON.stringify(value)}\n---\nx`)),
    );
    fc.assert(
      fc.property(anything, fc.constantFrom("memory/lessons/a.md", "memory/x.md", "memory/lessons/../a.md", ""), (data, path) => {
        const { entry, findings } = readEntry(path, data);
        expect(entry === undefined).toBe(findings.length > 0);
      }),
    );
  });

  test.each([
    ["no frontmatter", "# hi\n", "memory/frontmatter", 1],
    ["no end of it", "---\nkind: lesson\n", "memory/frontmatter", 3],
    ["an unknown key", note("Title", "x", { lines: "priority: high\n" }), "memory/schema", 7],
    ["another kind than its folder", note("Title", "x", { kind: "incident" }), "memory/kind", 2],
    ["a severity of a lesson", note("Title", "x", { lines: "severity: low\n" }), "memory/kind", 7],
    ["untrusted: false, which says nothing", note("Title", "x", { lines: "untrusted: false\n" }), "memory/schema", 7],
    ["a day that is none", note("Title", "x", { date: "2026-02-31" }), "memory/date", 4],
    ["no text", note("Title", "  "), "memory/empty", 8],
    ["a key twice", note("Title", "x", { lines: "kind: lesson\n" }), "base/yaml", 7],
  ])("%s is a finding with its line", (_what, text, rule, at) => {
    const { entry, findings } = readAt("memory/lessons/a.md", text);
    expect(entry).toBeUndefined();
    expect(findings[0]).toMatchObject({ rule, file: "memory/lessons/a.md", line: at });
  });

  test("ids and paths say the same, and no path leads elsewhere", () => {
    for (const kind of memoryKinds) {
      const id = `${kindFolders[kind]}/a-b-1`;
      expect(entryAt(`memory/${id}.md`)).toEqual({ id, kind });
      expect(pathOfId(id)).toBe(`memory/${id}.md`);
    }
    for (const id of ["../x", "lessons/../x", "lessons/A", "lessons/a/b", "lessons/-a", "other/a", `lessons/${"a".repeat(81)}`, ""])
      expect(pathOfId(id)).toBeUndefined();
  });

  test("titles are the same whatever their case, their signs and their width", () => {
    expect(titleKey("Costs eat small edges!")).toBe(titleKey("costs  EAT small-edges"));
    expect(titleKey("ＡＢＣ")).toBe(titleKey("abc"));
    expect(titleKey("Costs")).not.toBe(titleKey("Cost"));
    expect(slugOf("Ünïted Städte, 2026!")).toBe("united-stadte-2026");
  });
});

test("passages hold every word of an entry, and none is long", () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z]{1,300}$/), { minLength: 1, maxLength: 60 }), fc.constantFrom("\n\n", "\n", " "), (words, between) => {
      const passages = passagesOf({ title: "T", body: words.join(between) });
      expect(passages.every(({ text }) => text.length <= 1_700)).toBe(true);
      const all = passages
        .map(({ text }) => text.slice(3))
        .join("")
        .replaceAll(/\s/g, "");
      expect(all).toBe(words.join(""));
    }),
  );
});
