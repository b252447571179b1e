import { AgentctlError } from "../base/errors.ts";
import type { Finding } from "../base/finding.ts";
import { nearest } from "../base/suggest.ts";
import { openRepository } from "../git/repository.ts";
import { brokenFiles, entryById, idsOf, listEntries } from "../ledger/memory-rows.ts";
import { entryAt, liesAmongEntries, memoryRoom, type MemoryEntry, type MemoryKind } from "../memory/entry.ts";
import { ensureStateDir, findWorkspace } from "../workspace/find.ts";
import { authorityCommit } from "./load-authority.ts";
import { maskFor } from "./mask-for.ts";
import { atCommit, openMemory, type OpenMemory } from "./open-memory.ts";

export interface MemoryListed {
  /** That entries are read from; null while there is none. */
  commit: string | null;
  /** Without their texts, the newest first. */
  entries: Omit<MemoryEntry, "body">[];
  /** What keeps files of the commit from counting. */
  findings: Finding[];
  /** Files on disk that differ from the commit: they do not count as they are. */
  uncommitted: string[];
}

/** The entries of the commit. Errors: no workspace; those of the index. */
export async function listMemory(asked: {
  cwd: string;
  env: NodeJS.ProcessEnv;
  kind?: MemoryKind | undefined;
  tags: readonly string[];
}): Promise<MemoryListed> {
  const { memory, workspace } = await memoryAround(asked.cwd, asked.env);
  if (memory === undefined) return { commit: null, entries: [], findings: [], uncommitted: [] };
  try {
    const { entries, findings } = await atCommit(memory, (index) => ({ entries: listEntries(index, asked.kind), findings: brokenFiles(index) }));
    const { status } = await import("../git/status.ts");
    const changed = await status(openRepository(workspace), { prefix: memoryRoom, commit: memory.commit });
    return {
      commit: memory.commit,
      entries: entries.filter(({ tags }) => asked.tags.every((tag) => tags.includes(tag))).map(({ body: _text, ...entry }) => entry),
      findings,
      uncommitted: changed.map(({ path }) => path).filter((path) => entryAt(path) !== undefined || liesAmongEntries(path)),
    };
  } finally {
    memory.close();
  }
}

/** One entry of the commit, without what is secret. Error (exit usage): `memory/unknown` with the nearest id. */
export async function showMemory(asked: { cwd: string; env: NodeJS.ProcessEnv; id: string }): Promise<MemoryEntry> {
  const { memory, workspace } = await memoryAround(asked.cwd, asked.env);
  try {
    const id = asked.id.replace(/^memory\//, "").replace(/\.md$/, "");
    const { entry, ids } =
      memory === undefined ? { entry: undefined, ids: [] } : await atCommit(memory, (index) => ({ entry: entryById(index, id), ids: idsOf(index) }));
    if (entry !== undefined) return maskFor(workspace.stateDir, asked.env)(entry);
    const near = nearest(id, ids);
    throw new AgentctlError("memory/unknown", `there is no entry ${JSON.stringify(id.slice(0, 120))} in the commit; an entry counts when it is committed`, {
      hint: near === undefined ? "agentctl memory     agentctl memory check" : `did you mean ${near}?  agentctl memory show ${near}`,
      exit: "usage",
    });
  } finally {
    memory?.close();
  }
}

/** The memory of the workspace around a folder; undefined while the repository has no commit. */
async function memoryAround(cwd: string, env: NodeJS.ProcessEnv): Promise<{ workspace: ReturnType<typeof findWorkspace>; memory: OpenMemory | undefined }> {
  const workspace = findWorkspace(cwd, env, { initialised: true });
  const repository = openRepository(workspace);
  const commit = await authorityCommit(repository, workspace, env);
  return { workspace, memory: commit === undefined ? undefined : await openMemory({ repository, commit }, ensureStateDir(workspace)) };
}
