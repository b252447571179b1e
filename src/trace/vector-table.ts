import type { DuckDBVector } from "@duckdb/node-api";
import { AgentctlError } from "../base/errors.ts";
import { openMemory } from "./duckdb.ts";

/** Vectors of length one in memory, to be compared with another one. */
export interface VectorTable {
  /** Owners of the vectors nearest to `query` by cosine, each once with its nearest, best first, at most `limit`. Error: trace/bad-vector. */
  nearest(query: Float32Array, limit: number): Promise<{ owner: number; cosine: number }[]>;
  close(): void;
}

/** DuckDB's own size of a chunk. */
const chunkRows = 2048;
/** An owner may have several vectors near: so many more are looked at. */
const manyOfOne = 4;

/** Loads vectors of `dimensions` numbers each, flat in `vectors`; `owners` says whose each one is. Error: trace/bad-vector for lengths that do not fit. */
export async function openVectorTable(dimensions: number, owners: Int32Array, vectors: Float32Array): Promise<VectorTable> {
  if (!Number.isSafeInteger(dimensions) || dimensions < 1 || vectors.length !== owners.length * dimensions)
    throw badVector(`${vectors.length} numbers are no ${owners.length} vectors of ${dimensions}`);
  const { ARRAY, DuckDBDataChunk, FLOAT, INTEGER } = await import("@duckdb/node-api");
  const { connection, close } = await openMemory({ memoryMiB: 256 + Math.ceil((vectors.byteLength * 2) / 2 ** 20), threads: 2 });
  try {
    await connection.run(`CREATE TABLE vectors (owner INTEGER, vector FLOAT[${dimensions}])`);
    const appender = await connection.createAppender("vectors");
    const types = [INTEGER, ARRAY(FLOAT, dimensions)];
    for (let from = 0; from < owners.length; from += chunkRows) {
      const rows = Math.min(chunkRows, owners.length - from);
      const chunk = DuckDBDataChunk.create(types, rows);
      const [owner, vector] = [chunk.getColumnVector(0), chunk.getColumnVector(1)];
      numbersOf(owner).set(owners.subarray(from, from + rows));
      numbersOf((vector as unknown as { childData: DuckDBVector }).childData).set(vectors.subarray(from * dimensions, (from + rows) * dimensions));
      owner.flush();
      vector.flush();
      appender.appendDataChunk(chunk);
    }
    appender.closeSync();
  } catch (cause) {
    close();
    throw cause;
  }
  return {
    async nearest(query, limit) {
      if (query.length !== dimensions || !query.every(Number.isFinite))
        throw badVector(`a vector of ${query.length} numbers cannot be compared with those of ${dimensions}`);
      const literal = `[${[...query].join(",")}]::FLOAT[${dimensions}]`;
      const result = await connection.runAndReadAll(
        // Of length one, so this is the cosine, in a third of its time; and a limit without groups in half of that with them.
        `SELECT owner, array_inner_product(vector, ${literal}) AS cosine FROM vectors ORDER BY cosine DESC, owner LIMIT ${Math.trunc(limit) * manyOfOne}`,
      );
      const best = new Map<number, number>();
      for (const [owner, cosine] of result.getRows()) if (!best.has(Number(owner))) best.set(Number(owner), Number(cosine));
      return [...best].slice(0, limit).map(([owner, cosine]) => ({ owner, cosine }));
    },
    close,
  };
}

/** The memory of a column, to be filled at once: number by number costs many times as much. */
function numbersOf(vector: DuckDBVector): Float32Array | Int32Array {
  const { items } = vector as { items?: unknown };
  if (items instanceof Float32Array || items instanceof Int32Array) return items;
  throw badVector("DuckDB holds the numbers of a column in another way than it did");
}

function badVector(message: string): AgentctlError {
  return new AgentctlError("trace/bad-vector", message);
}
