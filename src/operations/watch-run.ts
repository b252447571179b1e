import { setTimeout as wait } from "node:timers/promises";
import type { EventRecord } from "../event/events.ts";
import { openLedger } from "../ledger/ledger.ts";
import { openRuns } from "../ledger/runs.ts";
import { readJournal, requireJournal } from "../trace/read-journal.ts";
import { isKind } from "../trace/record.ts";
import { ensureStateDir, findWorkspace } from "../workspace/find.ts";
import { requireRoot } from "./agent-record.ts";
import type { RunOutcome } from "./in-run.ts";
import { runParts } from "./run-parts.ts";

const everyMs = 200;

/**
 * Follows a run: every record so far, then each new one, until its last part has ended. Answers how it ended; `interrupted` for one whose process is gone.
 * Errors: trace/unknown-run (exit usage), trace/damaged.
 */
export async function watchRun(asked: {
  cwd: string;
  env: NodeJS.ProcessEnv;
  run: string;
  signal?: AbortSignal;
  onRecord: (record: EventRecord) => void;
}): Promise<RunOutcome> {
  const stateDir = ensureStateDir(findWorkspace(asked.cwd, asked.env));
  const root = requireRoot(stateDir, asked.run);
  const followed = new Set<string>();
  for (let outcome: RunOutcome = "interrupted"; ;) {
    const next = runParts(stateDir, root).files.find(({ run }) => !followed.has(run));
    if (next === undefined) return outcome;
    followed.add(next.run);
    outcome = await followPart(stateDir, next.run, asked);
  }
}

async function followPart(
  stateDir: string,
  run: string,
  { signal, onRecord }: { signal?: AbortSignal; onRecord: (record: EventRecord) => void },
): Promise<RunOutcome> {
  for (let told = -1; ;) {
    signal?.throwIfAborted();
    // Asked before the look: a run that ends in between has all of its records on disk.
    const alive = isAlive(stateDir, run);
    for await (const record of readJournal(requireJournal(stateDir, run))) {
      if (record.seq <= told) continue;
      told = record.seq;
      onRecord(record);
      if (isKind(record, "run.finished")) return record.data.outcome;
    }
    if (!alive) return "interrupted";
    await wait(everyMs);
  }
}

function isAlive(stateDir: string, run: string): boolean {
  const ledger = openLedger(stateDir);
  try {
    const { alive, unknown } = openRuns(ledger);
    return [...alive, ...unknown].some((row) => row.run === run);
  } finally {
    ledger.close();
  }
}
