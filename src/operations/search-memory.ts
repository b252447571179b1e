import { changesOf, entriesByNumber, matchWords } from "../ledger/memory-rows.ts";
import { countWithout, readVectors } from "../ledger/memory-vectors.ts";
import type { MemoryEntry, MemoryKind } from "../memory/entry.ts";
import { fuse } from "../memory/fuse.ts";
import { matchExpression, queryWords } from "../memory/query.ts";
import { embedMissing, type Embedder } from "./memory-embedder.ts";
import { atCommit, type OpenMemory } from "./open-memory.ts";

export interface MemoryAsked {
  words: string;
  kind?: MemoryKind | undefined;
  /** Without one, or with a reason why there is none, memory is searched by words. */
  embedder: Embedder | { why: string };
}

export interface RankedEntry {
  entry: MemoryEntry;
  /** Of reciprocal ranks; only their order says something. */
  score: number;
}

export interface MemoryRanking {
  /** Best first, more than anybody reads: who asks cuts it. */
  ranked: RankedEntry[];
  by: "words" | "words and vectors";
  /** That were looked for: what shows a piece of an entry shows it around them. */
  words: string[];
  /** What a reader should know of how it was found. */
  notices: string[];
}

/** Of each ranking; what policy or a lane takes out of the first ones leaves enough. */
const rankedMax = 200;
/** Passages that a search makes vectors of by itself; for more there is `memory build`. */
const embedsItself = 64;

/** Entries of the commit by words and, where there is an embedder, by meaning. An endpoint that fails costs the second half, never the answer. */
export async function searchMemory(memory: OpenMemory, { words, kind, embedder }: MemoryAsked): Promise<MemoryRanking> {
  const asked = queryWords(words);
  const expression = matchExpression(asked);
  const notices: string[] = [];
  const query = "why" in embedder ? embedder : await queryVector(memory, embedder, words, notices);
  if ("why" in query) notices.push(query.why);
  for (;;) {
    const near = "why" in query ? undefined : await nearest(memory, query);
    const found = await atCommit(memory, (index) => {
      if (near !== undefined && near.changes !== changesOf(index)) return undefined;
      const byWords = expression === undefined ? [] : matchWords(index, expression, kind, rankedMax);
      const fused = fuse(near === undefined ? [byWords] : [byWords, near.entries]);
      const scores = new Map(fused.map(({ item, score }) => [item, score]));
      return entriesByNumber(
        index,
        fused.map(({ item }) => item),
      )
        .filter(({ entry }) => kind === undefined || entry.kind === kind)
        .map(({ number, entry }) => ({ entry, score: scores.get(number) ?? 0 }));
    });
    // Another process changed it between the two rankings.
    if (found !== undefined) return { ranked: found, by: near === undefined ? "words" : "words and vectors", words: asked, notices };
  }
}

type Query = { model: string; vector: Float32Array };

async function queryVector(memory: OpenMemory, embedder: Embedder, words: string, notices: string[]): Promise<Query | { why: string }> {
  await atCommit(memory, () => undefined);
  const state = `${embedder.model} ${changesOf(memory.index)}`;
  if (memory.complete !== state) {
    const missing = await embedMissing(memory.index, embedder, embedsItself);
    if (missing.why !== undefined) return { why: `searched by words only: ${missing.why}` };
  }
  const left = memory.complete === state ? 0 : countWithout(memory.index, embedder.model);
  // Looking through twenty thousand entries for what has no vector takes longer than the search.
  if (left === 0) memory.complete = `${embedder.model} ${changesOf(memory.index)}`;
  else notices.push(`${left} passages have no vector yet and are found by words only (agentctl memory build)`);
  const answer = await embedder.embed([words.slice(0, 4_000)]);
  if (!answer.ok) return { why: `searched by words only: ${answer.why}` };
  const vector = answer.vectors[0];
  return vector === undefined ? { why: "searched by words only: no vector came" } : { model: embedder.model, vector };
}

async function nearest(memory: OpenMemory, { model, vector }: Query): Promise<{ changes: number; entries: number[] }> {
  const { loaded } = memory;
  if (loaded?.model !== model || loaded.changes !== changesOf(memory.index)) await load(memory, model);
  const table = memory.loaded;
  if (table === undefined) return { changes: changesOf(memory.index), entries: [] };
  const near = await table.table.nearest(vector, rankedMax);
  return { changes: table.changes, entries: near.map(({ owner }) => owner) };
}

async function load(memory: OpenMemory, model: string): Promise<void> {
  memory.loaded?.table.close();
  memory.loaded = undefined;
  const { changes, dimensions, entries, vectors } = memory.index.snapshot(() => readVectors(memory.index, model));
  if (entries.length === 0) return;
  const { openVectorTable } = await import("../trace/vector-table.ts");
  memory.loaded = { model, changes, table: await openVectorTable(dimensions, entries, vectors) };
}
