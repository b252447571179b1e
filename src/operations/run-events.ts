import { statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { EventRecord } from "../event/events.ts";
import { findJournal } from "../trace/places.ts";
import { readJournal, requireJournal } from "../trace/read-journal.ts";
import { findWorkspace } from "../workspace/find.ts";

const pollMs = 200;

/** The records of a run, verified one by one; with `follow`, also those still to come, until the run has ended or `stop` says so. */
export async function* runEvents(options: {
  cwd: string;
  env: NodeJS.ProcessEnv;
  run: string;
  kinds?: readonly string[];
  follow?: boolean;
  stop?: AbortSignal;
}): AsyncGenerator<EventRecord> {
  const { stateDir } = findWorkspace(options.cwd, options.env);
  let file = requireJournal(stateDir, options.run);
  let seen = -1;
  for (;;) {
    const bytes = statSync(file.path, { throwIfNoEntry: false })?.size;
    for await (const record of readJournal(file)) {
      if (record.seq <= seen) continue;
      seen = record.seq;
      if (options.kinds === undefined || options.kinds.length === 0 || options.kinds.includes(record.kind)) yield record;
      if (record.kind === "run.finished") return;
    }
    if (options.follow !== true) return;
    while (statSync(file.path, { throwIfNoEntry: false })?.size === bytes) {
      if (options.stop?.aborted === true) return;
      await sleep(pollMs);
    }
    // Its journal may have been closed meanwhile.
    file = findJournal(stateDir, file.run) ?? file;
  }
}
