import { AgentctlError } from "../base/errors.ts";
import { nearest } from "../base/suggest.ts";
import type { EventRecord } from "../event/events.ts";
import { journalLines } from "./lines.ts";
import { findJournal, isRunName, listJournals, type JournalFile } from "./places.ts";
import { noHash, parseRecord, recordHash } from "./record.ts";

/**
 * The records of a journal, each one verified against the one before. What a crash left after the last line feed is not there.
 * Errors: trace/damaged (exit verification) at the first record that does not fit.
 */
export async function* readJournal(file: JournalFile): AsyncGenerator<EventRecord> {
  let seq = 0;
  let prev = noHash;
  for await (const { number, bytes, complete } of journalLines(file)) {
    if (!complete) return;
    const record = parseRecord(bytes)?.record;
    if (record === undefined || record.seq !== seq || record.prev !== prev || record.run !== file.run || recordHash(record) !== record.hash) {
      throw new AgentctlError("trace/damaged", `${file.path}:${number} is not the record ${seq} that was written`, {
        hint: `agentctl audit verify ${file.run}`,
        exit: "verification",
      });
    }
    yield record;
    seq += 1;
    prev = record.hash;
  }
}

/** The journal of a run, by its name or by a beginning of it that only one run has (and its parts, `<run>-2`). Errors: trace/unknown-run, trace/ambiguous-run. */
export function requireJournal(stateDir: string, name: string): JournalFile {
  const exact = isRunName(name) ? findJournal(stateDir, name) : undefined;
  if (exact !== undefined) return exact;
  const files = listJournals(stateDir);
  const runs = [...new Set(files.map(({ run }) => run))];
  const begun = runs.filter((run) => name !== "" && (run.startsWith(name) || run.startsWith(`r-${name}`)));
  const found = begun.filter((run) => !begun.some((root) => run.startsWith(`${root}-`)));
  const only = files.find(({ run }) => run === found[0]);
  if (found.length === 1 && only !== undefined) return only;
  if (found.length > 1) {
    throw new AgentctlError("trace/ambiguous-run", `${found.length} runs begin with "${name}": ${found.slice(0, 5).join(", ")}`, { exit: "usage" });
  }
  const near = nearest(name, runs);
  throw new AgentctlError("trace/unknown-run", `there is no run "${name}"`, {
    hint: near === undefined ? "agentctl run" : `did you mean ${near}?`,
    exit: "usage",
  });
}
