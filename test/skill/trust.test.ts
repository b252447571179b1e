import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readLock, writeLock, type LockEntry, type SkillLock } from "../../src/skill/lock.ts";
import { trustOf } from "../../src/skill/trust.ts";
import { brief } from "./files.ts";

const a = "a".repeat(64);
const b = "b".repeat(64);
const entry = (trust: "trusted" | "untrusted", digest = a): LockEntry => ({
  source: "https://git.example/x.git",
  commit: "c".repeat(40),
  digest,
  trust,
  addedBy: "ann",
});
const lockOf = (found: LockEntry | undefined): SkillLock => new Map(found === undefined ? [] : [["x", found]]);

describe("trustOf", () => {
  it.each([
    ["in neither lock", undefined, undefined, "own"],
    ["trusted by both", entry("trusted"), entry("trusted"), "trusted"],
    ["trusted by the commit, gone from the working tree's lock", entry("trusted"), undefined, "trusted"],
    ["trusted on disk only", undefined, entry("trusted"), "untrusted"],
    ["trusted on disk, untrusted in the commit", entry("untrusted"), entry("trusted"), "untrusted"],
    ["trusted in the commit, untrusted on disk", entry("trusted"), entry("untrusted"), "untrusted"],
    ["trusted with other files", entry("trusted", b), entry("trusted", b), "untrusted"],
    ["trusted with other files on disk", entry("trusted"), entry("trusted", b), "untrusted"],
    ["untrusted in the commit, gone from the working tree's lock", entry("untrusted"), undefined, "untrusted"],
  ] as const)("%s", (_name, committed, working, trust) => {
    expect(trustOf({ name: "x", digest: a, protectedLock: lockOf(committed), workingLock: lockOf(working) })).toBe(trust);
  });

  it("trusts nothing when a lock cannot be read", () => {
    expect(trustOf({ name: "x", digest: a, protectedLock: undefined, workingLock: new Map() })).toBe("untrusted");
    expect(trustOf({ name: "x", digest: a, protectedLock: new Map(), workingLock: undefined })).toBe("untrusted");
  });

  const anyEntry = fc.option(
    fc
      .record({ trust: fc.constantFrom("trusted" as const, "untrusted" as const), digest: fc.constantFrom(a, b) })
      .map(({ trust, digest }) => entry(trust, digest)),
    { nil: undefined },
  );

  it("lets the working tree take trust away, never give it", () => {
    fc.assert(
      fc.property(anyEntry, anyEntry, fc.constantFrom(a, b), (committed, working, digest) => {
        const rank = { untrusted: 0, trusted: 1, own: 2 };
        const ask = (lock: LockEntry | undefined) => trustOf({ name: "x", digest, protectedLock: lockOf(committed), workingLock: lockOf(lock) });
        expect(rank[ask(working)]).toBeLessThanOrEqual(rank[ask(undefined)]);
        const trusted =
          committed?.trust === "trusted" &&
          committed.digest === digest &&
          (working ?? committed).trust === "trusted" &&
          (working ?? committed).digest === digest;
        expect(ask(working) === "trusted").toBe(trusted);
        expect(ask(working) === "own").toBe(committed === undefined && working === undefined);
      }),
    );
  });
});

describe("the lock", () => {
  const line = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => !/[\n\r]/.test(text));
  const anyLock = fc.dictionary(
    fc.stringMatching(/^[a-z0-9]{1,8}(-[a-z0-9]{1,8})?$/),
    fc.record(
      {
        source: line,
        path: line,
        ref: line,
        commit: fc.stringMatching(/^[0-9a-f]{40}$/),
        digest: fc.stringMatching(/^[0-9a-f]{64}$/),
        trust: fc.constantFrom("trusted" as const, "untrusted" as const),
        addedBy: line,
        reason: line,
      },
      { requiredKeys: ["source", "digest", "trust", "addedBy"] },
    ),
  );

  it("reads back what was written, the same text in any order", () => {
    fc.assert(
      fc.property(anyLock, (entries) => {
        const lock = new Map(Object.entries(entries)) as SkillLock;
        const text = writeLock(lock);
        const { lock: again, findings } = readLock({ path: "skills/lock.yaml", text });
        expect(findings).toEqual([]);
        expect(Object.fromEntries(again ?? [])).toEqual(Object.fromEntries(lock));
        expect(writeLock(new Map([...lock].toReversed()))).toBe(text);
      }),
    );
  });

  it.each([
    [
      "an unknown key",
      `x:\n  source: a\n  digest: ${a}\n  trust: trusted\n  addedBy: ann\n  trusted: true\n`,
      'error skill/lock 6:3 unknown key "trusted" in "x"',
    ],
    [
      "a wrong trust",
      `x:\n  source: a\n  digest: ${a}\n  trust: yes\n  addedBy: ann\n`,
      'error skill/lock 4:10 "x.trust" is "yes"; allowed: untrusted, trusted',
    ],
    ["the same name twice", "x: {}\nx: {}\n", 'error base/yaml 2:1 the key "x" stands twice in its mapping'],
    ["a name with a path in it", "../x: {}\n", 'error skill/lock 1:1 the document is "../x", which does not match ^[a-z0-9]+(-[a-z0-9]+)*$'],
  ])("is refused for %s", (_name, text, finding) => {
    const { lock, findings } = readLock({ path: "skills/lock.yaml", text });
    expect(lock).toBeUndefined();
    expect(brief(findings)).toContain(finding);
  });

  it("is empty when there is none", () => {
    expect(readLock(undefined)).toEqual({ lock: new Map(), findings: [] });
    expect(readLock({ path: "skills/lock.yaml", text: "# nothing\n" })).toEqual({ lock: new Map(), findings: [] });
    expect(readLock({ path: "skills/lock.yaml", text: writeLock(new Map()) })).toEqual({ lock: new Map(), findings: [] });
  });
});
