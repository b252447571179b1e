import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import { AgentctlError } from "../base/errors.ts";
import type { JsonSchema } from "../base/json-schema.ts";
import { isMapping } from "../base/mapping.ts";
import type { EventKind, EventRecord } from "../event/events.ts";
import { makeFolder, writeWhole } from "./disk.ts";
import { places } from "./places.ts";

/** Canonical JSON longer than this does not stay in its record. */
const bodyBytesMax = 16 * 1024;

/** Stands in a record where a body was: the file `blobs/<$blob>` holds its canonical JSON. Nothing else in a record has a member `$blob`. */
export interface BlobReference {
  $blob: string;
  bytes: number;
  /** The first 200 characters, of a text without its quotes. */
  head: string;
}

/** Keeps bytes under their SHA-256, on disk when this returns; the same bytes are kept once. */
export function writeBlob(stateDir: string, data: string | Uint8Array): { sha256: string; bytes: number } {
  const digest = sha256(data);
  const bytes = Buffer.byteLength(data);
  const path = blobPath(stateDir, digest);
  if (!existsSync(path) || statSync(path).size !== bytes) {
    makeFolder(places.blobs(stateDir));
    writeWhole(path, data);
  }
  return { sha256: digest, bytes };
}

/** Where a body lies, or would. */
export function blobPath(stateDir: string, digest: string): string {
  return join(places.blobs(stateDir), digest);
}

/**
 * A value without its large bodies. Lists and mappings whose members the schema names stay and are looked into; so a record keeps
 * its form, and only free texts and free values leave it. A mapping that has a member `$blob` of its own leaves too, whatever its size.
 */
export function takeBodies(value: unknown, schema: JsonSchema): { slim: unknown; json: string; bodies: string[] } {
  const json = canonicalJson(value);
  if (Buffer.byteLength(json) <= bodyBytesMax && !json.includes('"$blob"')) return { slim: value, json, bodies: [] };
  if (value === null || typeof value !== "object") return take(value, json);
  if (!Array.isArray(value) && Object.hasOwn(value, "$blob")) return take(value, json);

  const bodies: string[] = [];
  const inner = (member: unknown, memberSchema: unknown): unknown => {
    const taken = takeBodies(member, isMapping(memberSchema) ? memberSchema : {});
    bodies.push(...taken.bodies);
    return taken.slim;
  };
  const named = isMapping(schema["properties"]) ? schema["properties"] : undefined;
  const slim = Array.isArray(value)
    ? value.map((item) => inner(item, schema["items"]))
    : Object.fromEntries(Object.entries(value).map(([name, member]) => [name, inner(member, named?.[name])]));
  const slimJson = canonicalJson(slim);
  const structural = named !== undefined || isMapping(schema["items"]);
  return structural || Buffer.byteLength(slimJson) <= bodyBytesMax ? { slim, json: slimJson, bodies } : take(value, json);
}

function take(value: unknown, body: string): { slim: BlobReference; json: string; bodies: string[] } {
  const text = typeof value === "string" ? value : body;
  const slim = { $blob: sha256(body), bytes: Buffer.byteLength(body), head: text.slice(0, 200).toWellFormed() };
  return { slim, json: canonicalJson(slim), bodies: [body] };
}

/** Members of an event's data that list files kept by their digest. */
const keptIn: Partial<Record<EventKind, readonly string[]>> = {
  "skill.finished": ["artifacts"],
  "backtest.started": ["files"],
  "agent.started": ["files"],
  "tool.finished": ["artifacts", "changes"],
  "proposal.drafted": ["files"],
};

/**
 * Digests of the files in `blobs/` that a record stands on: its bodies, the artifacts of skills and tools, the files of a strategy that no commit holds, those
 * that an agent was given, changed or proposed.
 */
export function* blobReferences({ kind, data }: Pick<EventRecord, "kind" | "data">): Generator<string> {
  yield* bodyReferences(data);
  const members = data as Record<string, unknown>;
  if (kind === "backtest.started" && members["committed"] !== false) return;
  for (const list of keptIn[kind] ?? []) {
    const files = members[list];
    for (const file of Array.isArray(files) ? files : []) if (isMapping(file) && "sha256" in file) yield String(file["sha256"]);
  }
}

function* bodyReferences(value: unknown): Generator<string> {
  if (value === null || typeof value !== "object") return;
  if (!Array.isArray(value) && "$blob" in value && typeof value.$blob === "string") {
    yield value.$blob;
    return;
  }
  for (const member of Object.values(value)) yield* bodyReferences(member);
}

/**
 * A value with the bodies that left it put back, each checked by its digest. Error `trace/missing-body` (exit verification) when one is gone or was changed.
 */
export function withBodies<T>(stateDir: string, value: T): T {
  return restored(stateDir, value) as T;
}

function restored(stateDir: string, value: unknown): unknown {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map((item) => restored(stateDir, item));
  if ("$blob" in value && typeof value.$blob === "string") return JSON.parse(readBody(stateDir, value.$blob)) as unknown;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, restored(stateDir, member)]));
}

function readBody(stateDir: string, digest: string): string {
  const data = existsSync(blobPath(stateDir, digest)) ? readFileSync(blobPath(stateDir, digest)) : undefined;
  if (data !== undefined && sha256(data) === digest) return data.toString("utf8");
  throw new AgentctlError(
    "trace/missing-body",
    `the file blobs/${digest.slice(0, 12)}… of the record is ${data === undefined ? "missing" : "not what it was"}`,
    {
      hint: "agentctl audit verify",
      exit: "verification",
    },
  );
}
