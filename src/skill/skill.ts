import type { JsonSchema } from "../base/json-schema.ts";

/** How many bytes and files a skill may have, and how long its parts may be. */
export const skillBounds = {
  files: 500,
  totalBytes: 20 * 1024 * 1024,
  skillFileBytes: 1024 * 1024,
  schemaBytes: 256 * 1024,
  pathCharacters: 255,
  /** Above this the body is said to be long: an agent reads all of it. */
  bodyLines: 500,
} as const;

export const skillRunners = ["python", "node", "shell"] as const;
export type SkillRunner = (typeof skillRunners)[number];

/** R read, W workspace write, B backtest, N notification, C credential, T trading. */
export const skillClasses = ["R", "W", "B", "N", "C", "T"] as const;
export type SkillClass = (typeof skillClasses)[number];

/** The endings of the scripts each runner starts. */
export const runnerEndings: Readonly<Record<SkillRunner, readonly string[]>> = { python: [".py"], node: [".js", ".mjs"], shell: [".sh"] };

/** Limits a skill asks for; the same fields as those of a job. */
export interface SkillLimits {
  timeoutMs: number;
  memoryMiB: number;
  cpus: number;
  pids: number;
  outputBytes: number;
  diskMiB: number;
}

/** A file of a skill as it was read. `path` is relative to the skill's folder, with `/`. */
export interface SkillInput {
  path: string;
  data: Uint8Array;
}

export interface SkillFile {
  path: string;
  sha256: string;
  bytes: number;
}

/** A skill that could be read: the six keys of the Agent Skills format, and what its metadata says in our words. */
export interface Skill {
  /** The name of its folder. */
  name: string;
  description: string;
  license?: string | undefined;
  compatibility?: string | undefined;
  allowedTools: string[];
  version?: string | undefined;
  tags: string[];
  /** Without `runner` and `run` the skill is instructions only and cannot be run. */
  runner?: SkillRunner | undefined;
  /** The script that is run, relative to the folder. */
  run?: string | undefined;
  class: SkillClass;
  inputSchema?: JsonSchema | undefined;
  outputSchema?: JsonSchema | undefined;
  limits: Partial<SkillLimits>;
  /** Hosts its code names; nothing is reachable unless policy and runner grant it. */
  hosts: string[];
  /** Environment variables its code reads. */
  env: string[];
  /** Packages its code imports. */
  packages: string[];
  /** All of `metadata` whose values are strings. */
  metadata: Readonly<Record<string, string>>;
  /** The Markdown after the frontmatter, and the line of SKILL.md it starts at. */
  body: string;
  bodyLine: number;
  /** Sorted by path. */
  files: SkillFile[];
  /** SHA-256 over the canonical JSON of the sorted [path, sha256] pairs. */
  digest: string;
}

/** strict: our own, any problem is an error; lenient: from elsewhere, only what makes it unusable is. */
export type ReadMode = "strict" | "lenient";
