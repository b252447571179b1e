import { AgentctlError, messageOf } from "../base/errors.ts";
import { checkSchema } from "../base/json-schema.ts";
import type { JobResult } from "../runner/job.ts";
import { writeBlob } from "../trace/blobs.ts";
import type { MachineMemory } from "./sandbox-limits.ts";
import type { ScratchChange } from "./tools/tool.ts";

/** What tells a file's state: when both are the same, the file is. */
export interface FileMark {
  bytes: number;
  /** The kernel's time of its last change, and its inode. */
  mark: string;
}

/** What is known of a scratch. */
export interface ScratchState {
  /** Bytes on the disk. */
  usage: number;
  /** It could not be looked at to its end. */
  truncated: boolean;
  /** By path below scratch/. */
  manifest: ReadonlyMap<string, FileMark>;
}

export const emptyScratch: ScratchState = { usage: 0, truncated: false, manifest: new Map() };

export interface ScratchReport {
  state: ScratchState;
  changes: ScratchChange[];
  /** Changes beyond those listed. */
  unlisted: number;
  memory: MachineMemory | undefined;
}

const count = { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const;
const reportSchema = {
  type: "object",
  required: ["usage", "files", "truncated", "manifest", "memory", "changes", "unlisted"],
  properties: {
    usage: count,
    files: count,
    truncated: { type: "boolean" },
    manifest: {
      type: "object",
      additionalProperties: { type: "array", minItems: 2, maxItems: 2, prefixItems: [count, { type: "string", maxLength: 64 }] },
    },
    memory: { oneOf: [{ type: "null" }, { type: "array", minItems: 2, maxItems: 2, items: count }] },
    changes: {
      type: "array",
      maxItems: 500,
      items: {
        type: "object",
        required: ["path"],
        properties: {
          path: { type: "string", maxLength: 65_536 },
          bytes: count,
          removed: { type: "boolean" },
          kept: { type: "integer", minimum: 0, maximum: 15 },
        },
      },
    },
    unlisted: count,
  },
} as const;

interface RawReport {
  usage: number;
  truncated: boolean;
  manifest: Record<string, [number, string]>;
  memory: [number, number] | null;
  changes: { path: string; bytes?: number; removed?: boolean; kept?: number }[];
  unlisted: number;
}

/**
 * The report that a job left in its output folder; what it kept of changed files goes into the record's files. Error: `sandbox/no-report`, when there is none
 * or it cannot be read.
 */
export function readReport(job: Pick<JobResult, "artifacts" | "outcome" | "stderr">, stateDir: string): ScratchReport {
  const raw = parse(job);
  const manifest = new Map(Object.entries(raw.manifest).map(([path, [bytes, mark]]) => [path, { bytes, mark }]));
  const changes = raw.changes.map(({ path, bytes, removed, kept }): ScratchChange => {
    const shown = `scratch/${path.toWellFormed()}`;
    if (removed === true) return { path: shown, removed };
    const data = kept === undefined ? undefined : job.artifacts.find((artifact) => artifact.path === `kept/${kept}`)?.data;
    return data === undefined ? { path: shown, ...(bytes !== undefined && { bytes }) } : { path: shown, ...writeBlob(stateDir, data) };
  });
  return {
    state: { usage: raw.usage, truncated: raw.truncated, manifest },
    changes,
    unlisted: raw.unlisted,
    memory: raw.memory === null ? undefined : { availableKiB: raw.memory[0], totalKiB: raw.memory[1] },
  };
}

function parse(job: Pick<JobResult, "artifacts" | "outcome" | "stderr">): RawReport {
  const data = job.artifacts.find(({ path }) => path === "report.json")?.data;
  try {
    if (data === undefined) throw new Error(`it ended as ${job.outcome} without one: ${lastLine(job.stderr)}`);
    const value: unknown = JSON.parse(Buffer.from(data).toString("utf8"));
    const [problem] = checkSchema(reportSchema, value);
    if (problem !== undefined) throw new Error(problem.message);
    return value as RawReport;
  } catch (cause) {
    throw new AgentctlError("sandbox/no-report", `what lies in scratch/ could not be told: ${messageOf(cause)}`, { cause });
  }
}

function lastLine(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(-2000)).toString("utf8").trim().split("\n").at(-1)?.slice(0, 300) ?? "";
}

/** The manifest, for the next report. */
export function manifestText({ manifest }: ScratchState): string {
  return JSON.stringify(Object.fromEntries([...manifest].map(([path, { bytes, mark }]) => [path, [bytes, mark]])));
}
