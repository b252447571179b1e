import { clearEntries, countsOf, type IndexCounts } from "../ledger/memory-rows.ts";
import { countWithout } from "../ledger/memory-vectors.ts";
import { armWhenNew } from "../ledger/halt.ts";
import type { MemoryEntry, MemoryKind } from "../memory/entry.ts";
import { snippetOf } from "../memory/query.ts";
import type { Decision } from "../policy/request.ts";
import type { Mask } from "../trace/mask.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { workspaceFacts } from "./decided-action.ts";
import { inRun, type OpenRun } from "./in-run.ts";
import { loadAuthority, type Authority } from "./load-authority.ts";
import { maskFor } from "./mask-for.ts";
import { embedMissing, openEmbedder, type Embedder } from "./memory-embedder.ts";
import { atCommit, openMemory, type OpenMemory } from "./open-memory.ts";
import { personName } from "./person.ts";
import { searchMemory, type MemoryRanking } from "./search-memory.ts";

interface Asked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  onDecision?: ((run: string, decision: Decision) => void) | undefined;
}

export interface MemoryFound {
  commit: string;
  /** The run that asked for vectors; null where none was needed. */
  run: string | null;
  by: MemoryRanking["by"];
  notices: string[];
  entries: (Omit<MemoryEntry, "body"> & { score: number; snippet: string })[];
}

/** Entries of the commit for a person, best first; where the configuration names a model for vectors, as a run that is decided, borne and recorded. */
export async function findMemory(asked: Asked & { words: string; kind?: MemoryKind | undefined; limit: number }): Promise<MemoryFound> {
  const { words, kind, limit } = asked;
  return withMemory(asked, "memory search", async (memory, embedder, open, mask) => {
    const { ranked, by, words: found, notices } = await searchMemory(memory, { words, kind, embedder });
    // Before the snippet is cut out, which could cut through a secret.
    const entries = ranked.slice(0, limit).map(({ entry, score }) => {
      const { body, ...head } = mask(entry);
      return { ...head, score, snippet: snippetOf(body, found) };
    });
    return { commit: memory.commit, run: open?.run ?? null, by, notices, entries };
  });
}

export interface MemoryBuilt extends IndexCounts {
  run: string | null;
  /** Of memory.embeddings; null where it names none. */
  model: string | null;
  /** That were made now, and what they took. */
  vectors: number;
  tokens: number;
  costUsd: number;
  /** Passages that have none. */
  without: number;
  /** Why there are no vectors, or not all. */
  why?: string | undefined;
}

/** Brings the index to the commit, with `anew` from nothing, and makes the vectors that are missing. What was made before is kept, and costs nothing again. */
export async function buildMemory(asked: Asked & { anew: boolean; onVectors?: ((made: number) => void) | undefined }): Promise<MemoryBuilt> {
  return withMemory(asked, "memory build", async (memory, embedder, open) => {
    if (asked.anew) clearEntries(memory.index);
    const counts = await atCommit(memory, countsOf);
    const run = open?.run ?? null;
    if ("why" in embedder) return { ...counts, run, model: null, vectors: 0, tokens: 0, costUsd: 0, without: counts.passages, why: embedder.why };
    const { made, tokens, costUsd, why } = await embedMissing(memory.index, embedder, Number.MAX_SAFE_INTEGER, asked.onVectors);
    return {
      ...counts,
      run,
      model: embedder.model,
      vectors: made,
      tokens,
      costUsd,
      without: countWithout(memory.index, embedder.model),
      ...(why !== undefined && { why }),
    };
  });
}

/** A run only where a model may be asked: looking at committed files leaves no record. */
async function withMemory<T>(
  asked: Asked,
  command: string,
  work: (memory: OpenMemory, embedder: Embedder | { why: string }, open: OpenRun | undefined, mask: Mask) => Promise<T>,
): Promise<T> {
  const authority = await loadAuthority(asked.cwd, asked.env);
  const stateDir = ensureStateDir(authority.workspace);
  const memory = await openMemory(authority, stateDir);
  const { config } = authority;
  const mask = maskFor(stateDir, asked.env, { names: config.values.mask.names, secrets: config.secrets });
  try {
    if (authority.config.values.memory.embeddings === undefined)
      return await work(memory, { why: "searched by words only: memory.embeddings names no model" }, undefined, mask);
    armWhenNew(stateDir);
    return await inRun({ stateDir, mask, started: await startedBy(authority, command) }, async (open) => {
      const embedder = await openEmbedder({ authority, env: asked.env, open, onDecision: asked.onDecision });
      return { outcome: "ok", result: await work(memory, embedder, open, mask) };
    });
  } finally {
    memory.close();
  }
}

async function startedBy(authority: Authority, command: string): Promise<Parameters<typeof inRun>[0]["started"]> {
  const { commit, set } = authority;
  return { command, actor: { kind: "person", name: personName() }, workspace: await workspaceFacts(authority), policy: { commit, digest: set.digest } };
}
