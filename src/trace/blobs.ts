import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import type { JsonSchema } from "../base/json-schema.ts";
import { isMapping } from "../base/mapping.ts";
import type { EventRecord } from "../event/events.ts";
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

/** Digests of the files in `blobs/` that a record stands on: its bodies, the artifacts of a skill, the files of a strategy that no commit holds. */
export function* blobReferences({ kind, data }: Pick<EventRecord, "kind" | "data">): Generator<string> {
  yield* bodyReferences(data);
  for (const file of keptFiles(kind, data)) {
    if (file !== null && typeof file === "object" && "sha256" in file) yield String(file.sha256);
  }
}

function keptFiles(kind: EventRecord["kind"], data: object): readonly unknown[] {
  if (kind === "skill.finished" && "artifacts" in data && Array.isArray(data.artifacts)) return data.artifacts as unknown[];
  const uncommitted = kind === "backtest.started" && "committed" in data && data.committed === false;
  return uncommitted && "files" in data && Array.isArray(data.files) ? (data.files as unknown[]) : [];
}

function* bodyReferences(value: unknown): Generator<string> {
  if (value === null || typeof value !== "object") return;
  if (!Array.isArray(value) && "$blob" in value && typeof value.$blob === "string") {
    yield value.$blob;
    return;
  }
  for (const member of Object.values(value)) yield* bodyReferences(member);
}
