import { stringify } from "yaml";
import { readYaml, type SourceFile } from "../base/document.ts";
import type { Finding } from "../base/finding.ts";
import { checkDocument, type JsonSchema } from "../base/json-schema.ts";
import { namePattern } from "./name.ts";

/** Where the lock stands in a workspace. It is committed: trust holds when it is in the commit that policy is read from. */
export const lockPath = "skills/lock.yaml";

/** A skill that came from elsewhere. */
export interface LockEntry {
  /** Git URL, or the path of a folder. */
  source: string;
  /** The folder within the source. */
  path?: string | undefined;
  /** What was asked for: branch or tag. */
  ref?: string | undefined;
  /** The commit it was taken from; none for a folder outside git. */
  commit?: string | undefined;
  /** Digest of the files: those that were added, or, once trusted, those that are trusted. */
  digest: string;
  trust: "untrusted" | "trusted";
  /** Who added it. */
  addedBy: string;
  /** Why it is trusted. */
  reason?: string | undefined;
}

export type SkillLock = ReadonlyMap<string, LockEntry>;

const line = { type: "string", minLength: 1, maxLength: 1024, pattern: "^[^\\n\\r]*$" };

/** skills/lock.yaml: every skill that came from elsewhere, by name. */
export const skillLockSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Skills from elsewhere (skills/lock.yaml)",
  type: "object",
  propertyNames: { pattern: namePattern, maxLength: 64 },
  additionalProperties: {
    type: "object",
    additionalProperties: false,
    required: ["source", "digest", "trust", "addedBy"],
    properties: {
      source: { ...line, description: "git URL, or the path of a folder" },
      path: { ...line, description: "the folder within the source" },
      ref: { ...line, description: "the branch or tag that was asked for" },
      commit: { type: "string", pattern: "^[0-9a-f]{40}([0-9a-f]{24})?$", description: "the commit it was taken from" },
      digest: { type: "string", pattern: "^[0-9a-f]{64}$", description: "over the files of the skill" },
      trust: { enum: ["untrusted", "trusted"] },
      addedBy: { ...line, description: "who added it" },
      reason: { ...line, description: "why it is trusted" },
    },
  },
};

/** Reads the lock; no file is an empty lock. One that cannot be read is no lock: `trustOf` then trusts nothing. */
export function readLock(source: SourceFile | undefined): { lock?: SkillLock; findings: Finding[] } {
  if (source === undefined || source.text.trim() === "") return { lock: new Map(), findings: [] };
  const { document, findings } = readYaml(source);
  if (document === undefined) return { findings };
  if (document.value === null) return { lock: new Map(), findings: [] };
  const problems = checkDocument(skillLockSchema, document, "skill/lock");
  if (problems.length > 0) return { findings: problems };
  return { lock: new Map(Object.entries(document.value as Record<string, LockEntry>)), findings: [] };
}

/** The text of the lock: names sorted, keys in one order, so that equal locks are equal files. */
export function writeLock(lock: SkillLock): string {
  const names = [...lock.keys()].toSorted();
  if (names.length === 0) return "{}\n";
  const entries = names.map((name) => {
    const { source, path, ref, commit, digest, trust, addedBy, reason } = lock.get(name) as LockEntry;
    return [name, { source, path, ref, commit, digest, trust, addedBy, reason }];
  });
  return stringify(Object.fromEntries(entries), { version: "1.2", schema: "core", lineWidth: 0 });
}
