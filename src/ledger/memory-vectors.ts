import type { Passage } from "../memory/passages.ts";
import type { MemoryIndex } from "./memory-index.ts";
import { changesOf } from "./memory-rows.ts";

/** Vectors of all passages that have one, flat, and the entry of each. */
export interface VectorRows {
  /** Rises with every change of entries or vectors. */
  changes: number;
  dimensions: number;
  entries: Int32Array;
  vectors: Float32Array;
}

/** Passages that this model has made no vector of yet, each once, by path of their entry. */
export function passagesWithout({ db }: MemoryIndex, model: string, limit: number): Passage[] {
  const rows = db
    .prepare(
      `SELECT digest, min(text) AS text FROM passages WHERE digest NOT IN (SELECT digest FROM vectors WHERE model = ?)
       GROUP BY digest ORDER BY min(entry), digest LIMIT ?`,
    )
    .all(model, limit);
  return rows.map((row) => ({ digest: String(row["digest"]), text: String(row["text"]) }));
}

/** How many passages lack a vector of this model. */
export function countWithout({ db }: MemoryIndex, model: string): number {
  const row = db.prepare("SELECT count(DISTINCT digest) n FROM passages WHERE digest NOT IN (SELECT digest FROM vectors WHERE model = ?)").get(model);
  return Number(row?.["n"]);
}

/** The dimensions of this model's vectors; undefined while there is none. */
export function dimensionsOf({ db }: MemoryIndex, model: string): number | undefined {
  const row = db.prepare("SELECT length(vector) AS bytes FROM vectors WHERE model = ? LIMIT 1").get(model);
  return row === undefined ? undefined : Number(row["bytes"]) / 4;
}

/** Keeps what was paid for, as soon as it came. */
export function putVectors(index: MemoryIndex, model: string, made: readonly { digest: string; vector: Float32Array }[]): void {
  index.transaction((db) => {
    const put = db.prepare("INSERT INTO vectors (model, digest, vector) VALUES (?, ?, ?) ON CONFLICT (model, digest) DO UPDATE SET vector = excluded.vector");
    for (const { digest, vector } of made) put.run(model, digest, Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength));
    db.prepare("INSERT INTO about (key, value) VALUES ('changes', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value").run(String(changesOf(index) + 1));
  });
}

/** Everything that a model has made of the entries that are there now. */
export function readVectors(index: MemoryIndex, model: string): VectorRows {
  const dimensions = dimensionsOf(index, model) ?? 0;
  const changes = changesOf(index);
  const rows = index.db
    .prepare(
      "SELECT passages.entry AS entry, vectors.vector AS vector FROM passages JOIN vectors ON vectors.digest = passages.digest AND vectors.model = ? ORDER BY 1",
    )
    .all(model)
    .filter((row) => (row["vector"] as Uint8Array).byteLength === dimensions * 4);
  const entries = new Int32Array(rows.length);
  const bytes = new Uint8Array(rows.length * dimensions * 4);
  rows.forEach((row, at) => {
    entries[at] = Number(row["entry"]);
    bytes.set(row["vector"] as Uint8Array, at * dimensions * 4);
  });
  return { changes, dimensions, entries, vectors: new Float32Array(bytes.buffer) };
}
