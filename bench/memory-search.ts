import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../src/base/clock.ts";
import type { Repository } from "../src/git/repository.ts";
import { openMemoryIndex } from "../src/ledger/memory-index.ts";
import { putCommit } from "../src/ledger/memory-rows.ts";
import { passagesWithout, putVectors } from "../src/ledger/memory-vectors.ts";
import { entryText } from "../src/memory/write-entry.ts";
import type { Embedder } from "../src/operations/memory-embedder.ts";
import { judgeFile } from "../src/operations/memory-files.ts";
import type { OpenMemory } from "../src/operations/open-memory.ts";
import { searchMemory } from "../src/operations/search-memory.ts";
import { median, type BenchRow } from "./row.ts";

const entries = 20_000;
const dimensions = 384;
const rounds = 15;
const model = "bench/embed";
const commit = "0".repeat(40);

/** A search over twenty thousand entries in a process that has searched before: words, vectors, both rankings fused. The endpoint that makes vectors takes no time. */
export async function bench(): Promise<BenchRow[]> {
  const dir = mkdtempSync(join(tmpdir(), "agentctl-bench-"));
  const index = openMemoryIndex(dir);
  const memory: OpenMemory = { index, commit, repository: {} as Repository, close: () => index.close() };
  try {
    const from = systemClock.monotonicMs();
    fill(memory);
    const builtMs = systemClock.monotonicMs() - from;
    const embedder: Embedder = { model, embed: async (texts) => ({ ok: true, vectors: texts.map((_, at) => vector(at + 7)), tokens: 1, costUsd: 0 }) };
    const words = await timed(memory, { why: "none" });
    const both = await timed(memory, embedder);
    return [
      {
        name: "memory search by words",
        value: median(words),
        unit: "ms",
        limit: 100,
        reference: `${entries} entries, the slowest ${slowest(words)}; reading and indexing them ${(builtMs / 1000).toFixed(1)} s`,
      },
      {
        name: "memory search by words and vectors",
        value: median(both),
        unit: "ms",
        limit: 100,
        reference: `${dimensions} dimensions, the slowest ${slowest(both)}`,
      },
    ];
  } finally {
    memory.loaded?.table.close();
    memory.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

function slowest(times: readonly number[]): string {
  return `${Math.max(...times).toFixed(0)} ms`;
}

async function timed(memory: OpenMemory, embedder: Embedder | { why: string }): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const asked = `costs of ${word(round * 31)} and ${word(round * 17 + 3)} in the ${word(round + 11)} market`;
    const from = systemClock.monotonicMs();
    const { ranked } = await searchMemory(memory, { words: asked, embedder });
    times.push(systemClock.monotonicMs() - from);
    if (ranked.length === 0) throw new Error("nothing was found");
  }
  // The first one loads.
  return times.slice(1);
}

/** Words as rare and as common as in a text: the n-th one stands about once in n. */
function word(n: number): string {
  return `w${(n % 5_000).toString(36)}`;
}

function fill({ index }: OpenMemory): void {
  const read = new Map(
    Array.from({ length: entries }, (_, at) => {
      const text = Array.from({ length: 120 }, (_each, place) => word(Math.floor(5_000 ** (((at * 7_919 + place * 104_729) % 1_000) / 1_000)))).join(" ");
      const title = `Costs in market ${at}`;
      const entry = { kind: "lesson" as const, title, date: "2026-11-01", tags: [], source: "bench", untrusted: false, body: text };
      const path = `memory/lessons/note-${at}.md`;
      return [path, judgeFile(path, String(at), Buffer.from(entryText(entry)))] as const;
    }),
  );
  putCommit(index, commit, new Map([...read].map(([path, { oid }]) => [path, oid])), read);
  const passages = passagesWithout(index, model, entries * 2);
  putVectors(
    index,
    model,
    passages.map(({ digest }, at) => ({ digest, vector: vector(at) })),
  );
}

function vector(seed: number): Float32Array {
  const numbers = Float32Array.from({ length: dimensions }, (_, at) => Math.sin(seed * 12.9898 + at * 78.233));
  const length = Math.hypot(...numbers);
  return numbers.map((each) => each / length);
}
