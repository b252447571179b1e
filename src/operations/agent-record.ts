import { historyOf, type History } from "../agent/history.ts";
import { AgentctlError } from "../base/errors.ts";
import type { AgentStarted } from "../event/agent-events.ts";
import type { EventRecord } from "../event/events.ts";
import type { RunStarted } from "../event/run-events.ts";
import { withBodies } from "../trace/blobs.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { listHeads } from "../ledger/heads.ts";
import { listJournals } from "../trace/places.ts";
import { readJournal, requireJournal } from "../trace/read-journal.ts";
import { isKind } from "../trace/record.ts";
import { rootOf } from "./part-name.ts";
import { runParts } from "./run-parts.ts";

/** An agent's run as it stands on record, over all its parts. */
export interface AgentRecord {
  root: string;
  /** Runs that worked on it, in order. */
  parts: string[];
  /** What the first part began with. */
  started: AgentStarted;
  begun: RunStarted;
  /** Every record, verified, with its bodies; of a fork, those that it kept of the other run come first. */
  records: EventRecord[];
  /** How many of them are the other run's. */
  kept: number;
}

/** The root that a name, or a beginning of it, stands for; the parts of one run are not several. Errors (exit usage): trace/unknown-run, trace/ambiguous-run. */
export function requireRoot(stateDir: string, name: string): string {
  const roots = new Set(listJournals(stateDir).map(({ run }) => rootOf(run)));
  const found = [...roots].filter((root) => name !== "" && (root.startsWith(name) || root.startsWith(`r-${name}`)));
  const [only] = found;
  return found.length === 1 && only !== undefined ? only : rootOf(requireJournal(stateDir, rootOf(name)).run);
}

/** Reads it. A unique beginning of the name will do. Errors: trace/unknown-run, `agent/not-an-agent-run` (exit usage), trace/damaged, trace/missing-body. */
export async function readAgentRecord(stateDir: string, name: string): Promise<AgentRecord> {
  const root = requireRoot(stateDir, name);
  const parts: string[] = [];
  const own: EventRecord[] = [];
  for (const file of runParts(stateDir, root).files) {
    parts.push(file.run);
    for await (const record of readJournal(file)) own.push({ ...record, data: withBodies(stateDir, record.data) });
  }
  const started = own.find((record) => isKind(record, "agent.started"))?.data;
  const begun = own.find((record) => isKind(record, "run.started"))?.data;
  if (started === undefined || begun === undefined) {
    throw new AgentctlError("agent/not-an-agent-run", `the run ${root} has no agent on record`, { hint: `agentctl run show ${root}`, exit: "usage" });
  }
  const { forkOf } = started;
  const inherited = forkOf === undefined ? [] : (await readAgentRecord(stateDir, forkOf.run)).records.slice(0, forkOf.at);
  return { root, parts, started, begun, records: [...inherited, ...own], kept: inherited.length };
}

/** What each part began with, in order. */
export function partsBegun(records: readonly EventRecord[]): AgentStarted[] {
  return records.flatMap((record) => (isKind(record, "agent.started") ? [record.data] : []));
}

/**
 * Refuses a run of which a part is on record in the ledger and its journal is gone: what that part did would be done again. A number without any record is
 * none: that part was kept from beginning. Error `agent/missing-part` (exit verification).
 */
export function requireWhole(ledger: Ledger, { root, parts }: AgentRecord): void {
  const gone = listHeads(ledger).find(({ run }) => rootOf(run) === root && !parts.includes(run));
  if (gone === undefined) return;
  throw new AgentctlError("agent/missing-part", `the journal of ${gone.run} is gone, so nobody knows what the run ${root} has done`, {
    hint: "agentctl audit verify",
    exit: "verification",
  });
}

/** What the run has done, ready to be remembered. Of a fork, only its own parts have taken time. */
export function historyOfRecord({ records, started, kept }: AgentRecord): History {
  const history = historyOf(records);
  const own = historyOf(records.slice(kept));
  return { ...history, started, finished: own.finished, wallMs: own.wallMs };
}
