import { readFile, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { AgentctlError } from "../base/errors.ts";
import { sha256 } from "../base/digest.ts";
import { checkForeignSchema } from "../base/json-schema.ts";
import { isMapping } from "../base/mapping.ts";
import type { JobFile } from "../runner/job.ts";
import type { Skill } from "../skill/skill.ts";

/** A file of the person's for the skill: `property` of the input names it. */
export interface GivenFile {
  property: string;
  path: string;
}

export interface SkillInputs {
  input: unknown;
  files: JobFile[];
  /** For the record. */
  given: { path: string; sha256: string; bytes: number }[];
}

/** The engine takes the whole input at once; more than this belongs into the lake, not into a job. */
const fileBytesMax = 256 * 1024 * 1024;

/**
 * The input of a call, checked before anything starts. Each given file is read, becomes /work/files/<name>, and its property of the input
 * becomes that path. Errors (exit usage): `skill/bad-input` names the argument and why; `skill/bad-file`.
 */
export async function skillInput(skill: Skill, json: string | undefined, given: readonly GivenFile[], cwd: string): Promise<SkillInputs> {
  const input = fitInput(skill, parse(json), given);
  const files: JobFile[] = [];
  for (const { path } of given) files.push({ path: `files/${basename(path)}`, data: await readGiven(resolve(cwd, path)) });
  return { input, files, given: givenFiles(files) };
}

/**
 * An input with the paths that its files have in the container, checked against the skill's schema; reads no file, and leaves the given value as it is.
 * Errors (exit usage): `skill/bad-input`; `skill/bad-file` when two files have one name.
 */
export function fitInput(skill: Skill, asked: unknown, given: readonly GivenFile[]): unknown {
  const odd = unfaithful(asked, 0);
  if (odd !== undefined) throw badInput(skill, `it holds ${odd}, which cannot be decided, recorded and handed over as the same value`);
  const input = given.length > 0 ? structuredClone(asked) : asked;
  const names = new Set<string>();
  for (const { property, path } of given) {
    const name = basename(path);
    if (names.has(name)) throw new AgentctlError("skill/bad-file", `two files are called ${name}`, { hint: "rename one of them", exit: "usage" });
    names.add(name);
    if (!isMapping(input)) throw badInput(skill, `--file ${property}=… needs an input that is an object`);
    Object.defineProperty(input, property, { value: `/work/files/${name}`, enumerable: true, configurable: true, writable: true });
  }
  const problems = skill.inputSchema === undefined ? [] : checkForeignSchema(skill.inputSchema, input);
  if (problems.length > 0)
    throw badInput(skill, problems.map((problem) => `${problem.message}${problem.hint === undefined ? "" : ` (${problem.hint})`}`).join("; "));
  return input;
}

/** The files of a job as the record names them. */
export function givenFiles(files: readonly JobFile[]): SkillInputs["given"] {
  return files.map(({ path, data }) => ({ path, sha256: sha256(data), bytes: Buffer.byteLength(data) }));
}

/** Policy looks at arguments by name; an input that is no object has none. */
export function inputArgs(input: unknown): { [name: string]: unknown } | undefined {
  return isMapping(input) ? { ...input } : undefined;
}

const deepest = 60;

/** What in a value policy, record and container would not all see alike; undefined when there is nothing of the kind. */
function unfaithful(value: unknown, depth: number): string | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? undefined : "a number that is too large";
  if (typeof value === "string") return value.isWellFormed() ? undefined : "half of a surrogate pair";
  if (value === null || typeof value !== "object") return undefined;
  if (depth >= deepest) return `more than ${deepest} levels`;
  for (const [name, member] of Object.entries(value)) {
    const odd = unfaithful(name, depth) ?? unfaithful(member, depth + 1);
    if (odd !== undefined) return odd;
  }
  return undefined;
}

function parse(json: string | undefined): unknown {
  if (json === undefined || json.trim() === "") return {};
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new AgentctlError("skill/bad-input", `the input is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
      hint: `--input '{"name": "value"}'`,
      exit: "usage",
      cause,
    });
  }
}

async function readGiven(path: string): Promise<Uint8Array> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) throw new AgentctlError("skill/bad-file", `${path} is not a file`, { exit: "usage" });
  if (found.size > fileBytesMax)
    throw new AgentctlError("skill/bad-file", `${path} has ${found.size} bytes; a job takes at most ${fileBytesMax}`, { exit: "usage" });
  return readFile(path);
}

function badInput(skill: Skill, why: string): AgentctlError {
  return new AgentctlError("skill/bad-input", `the input of ${skill.name} does not fit: ${why}`, { hint: `agentctl skill show ${skill.name}`, exit: "usage" });
}
