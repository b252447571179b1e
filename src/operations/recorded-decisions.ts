import { AgentctlError } from "../base/errors.ts";
import { nearest } from "../base/suggest.ts";
import type { EventRecord } from "../event/events.ts";
import type { Decision } from "../policy/request.ts";
import { ask } from "../trace/ask.ts";
import { readJournal, requireJournal } from "../trace/read-journal.ts";

/** A decision as it was recorded. */
export interface RecordedDecision {
  run: string;
  seq: number;
  ts: string;
  decision: Decision;
}

/** Decisions of runs since a time, oldest first. Read by SQL: this is for comparing, not for proving. */
export async function recordedSince(stateDir: string, since: string): Promise<{ run: string; request: Decision["request"] }[]> {
  const sql = `SELECT run, data->'$.request' AS request FROM events WHERE kind = 'decision.made' AND ts >= TIMESTAMP '${since.replace("T", " ").replace("Z", "")}' ORDER BY ts`;
  const { rows } = await ask(stateDir, sql, { rowsMax: 1_000_000 });
  return rows.map(([run, request]) => ({ run: String(run), request: (typeof request === "string" ? JSON.parse(request) : request) as Decision["request"] }));
}

/** One decision by its id, out of the verified journal of its run. Error `policy/unknown-decision`. */
export async function findDecision(stateDir: string, id: string): Promise<RecordedDecision> {
  const { rows } = await ask(stateDir, "SELECT id, run FROM decisions", { rowsMax: 1_000_000 });
  const run = rows.find(([found]) => found === id)?.[1];
  if (run === undefined)
    throw unknown(
      id,
      rows.map(([found]) => String(found)),
    );
  for await (const record of readJournal(requireJournal(stateDir, String(run)))) {
    if (isDecision(record) && record.data.id === id) return { run: record.run, seq: record.seq, ts: record.ts, decision: record.data as unknown as Decision };
  }
  throw unknown(id, []);
}

function isDecision(record: EventRecord): record is EventRecord<"decision.made"> {
  return record.kind === "decision.made";
}

function unknown(id: string, known: readonly string[]): AgentctlError {
  const near = nearest(id, known);
  const hint = near === undefined ? 'agentctl query "select id, action, effect from decisions order by ts desc limit 10"' : `did you mean ${near}?`;
  return new AgentctlError("policy/unknown-decision", `no run has recorded a decision ${JSON.stringify(id)}`, { hint, exit: "usage" });
}
