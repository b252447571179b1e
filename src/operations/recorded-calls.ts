import { existsSync, readFileSync } from "node:fs";
import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import { AgentctlError } from "../base/errors.ts";
import { isMapping } from "../base/mapping.ts";
import type { JobFile } from "../runner/job.ts";
import { isSkillName } from "../skill/name.ts";
import { ask } from "../trace/ask.ts";
import { blobPath, withBodies } from "../trace/blobs.ts";
import { listJournals } from "../trace/places.ts";

/** A call that the record holds, with everything that it was given. */
export interface RecordedCall {
  run: string;
  call: string;
  input: unknown;
  files: JobFile[];
}

export interface RecordedCalls {
  calls: RecordedCall[];
  /** Different ones that cannot be done again, since a file or a body that they were given is not kept. */
  gone: number;
  /** Different ones beyond those that were looked at. */
  more: number;
}

/** As many rows are looked at; repeated calls are one. */
const rowsMax = 2_000;

/** The last different calls of a skill, newest first; of no test, evaluation or replay. */
export async function recordedCalls(stateDir: string, skill: string, most: number): Promise<RecordedCalls> {
  const found: RecordedCalls = { calls: [], gone: 0, more: 0 };
  if (!isSkillName(skill) || listJournals(stateDir).length === 0) return found;
  const sql = `SELECT e.run, e.data FROM events e LEFT JOIN runs r USING (run)
    WHERE e.kind = 'skill.started' AND (e.data->>'$.skill') = '${skill}' AND (e.data->>'$.purpose') IS NULL AND coalesce(r.command NOT LIKE 'skill test%', true)
    ORDER BY e.ts DESC, e.run, e.seq DESC`;
  const { rows } = await ask(stateDir, sql, { rowsMax });
  const seen = new Set<string>();
  for (const [run, text] of rows) {
    const data = (typeof text === "string" ? JSON.parse(text) : text) as Record<string, unknown>;
    const given = Array.isArray(data["files"]) ? data["files"].filter(isMapping) : [];
    const key = sha256(canonicalJson([data["input"] ?? null, given.map(({ path, sha256: digest }) => [path, digest])] as never));
    // Tests have no input.
    if (data["input"] === null || seen.has(key)) continue;
    seen.add(key);
    if (found.calls.length >= most) {
      found.more += 1;
      continue;
    }
    const restored = restore(stateDir, data["input"], given);
    if (restored === undefined) found.gone += 1;
    else found.calls.push({ run: String(run), call: String(data["call"]), ...restored });
  }
  return found;
}

function restore(stateDir: string, input: unknown, given: readonly Record<string, unknown>[]): Pick<RecordedCall, "input" | "files"> | undefined {
  const files: JobFile[] = [];
  for (const { path, sha256: digest } of given) {
    const data = typeof digest === "string" && /^[0-9a-f]{64}$/.test(digest) ? bytesOf(stateDir, digest) : undefined;
    if (data === undefined || typeof path !== "string") return undefined;
    files.push({ path, data });
  }
  try {
    return { input: withBodies(stateDir, { input }).input, files };
  } catch (thrown) {
    if (thrown instanceof AgentctlError) return undefined;
    throw thrown;
  }
}

function bytesOf(stateDir: string, digest: string): Uint8Array | undefined {
  const path = blobPath(stateDir, digest);
  const data = existsSync(path) ? readFileSync(path) : undefined;
  return data !== undefined && sha256(data) === digest ? data : undefined;
}
