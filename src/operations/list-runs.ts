import { isMapping } from "../base/mapping.ts";
import { listAgentRuns } from "../ledger/agent-runs.ts";
import { listRuns as runsOf, type RunRow } from "../ledger/runs.ts";
import { ownerState } from "../ledger/owner.ts";
import { listJournals, type JournalFile } from "../trace/places.ts";
import { readJournal } from "../trace/read-journal.ts";
import { isKind } from "../trace/record.ts";
import { findWorkspace } from "../workspace/find.ts";
import { withLedger } from "./audit-state.ts";
import { partOf, rootOf } from "./part-name.ts";

export interface RunSummary {
  run: string;
  started: string;
  /** How it ended; `running`; or `interrupted` when its process is gone. */
  outcome: string;
  command: string;
  actor: string;
  /** Of all parts that have ended. */
  durationMs: number | undefined;
  /** Of an agent's run, which is one row whatever parts it took. */
  agent?: { name: string; objective: string; parts: number } | undefined;
}

type AgentWords = Pick<NonNullable<RunSummary["agent"]>, "name" | "objective">;

/**
 * Runs, the newest first. The ledger's rows are enough for most of them; journals are read only of runs that the ledger does not know
 * or that never said how they ended.
 */
export async function listRuns(options: { cwd: string; env: NodeJS.ProcessEnv; limit: number; outcome?: string | undefined }): Promise<RunSummary[]> {
  const { stateDir } = findWorkspace(options.cwd, options.env);
  const known = withLedger(stateDir, (ledger) => ({ rows: runsOf(ledger), agents: listAgentRuns(ledger, Number.MAX_SAFE_INTEGER) }));
  const { rows, agents } = known ?? { rows: [], agents: [] };
  const registered = new Set(rows.map(({ run }) => run));
  const words = new Map(agents.map(({ root, agent, objective }): [string, AgentWords] => [root, { name: agent, objective }]));
  const files = new Map(listJournals(stateDir).map((file) => [file.run, file]));
  const strangers = [...files.values()].filter(({ run }) => !registered.has(run));
  const runs = [...(await Promise.all(rows.map((row) => ofRow(row, files.get(row.run))))), ...(await Promise.all(strangers.map(ofJournal)))];
  return oneRowEach(runs, words)
    .filter(({ outcome }) => options.outcome === undefined || outcome === options.outcome)
    .toSorted((a, b) => (a.started === b.started ? (a.run < b.run ? 1 : -1) : a.started < b.started ? 1 : -1))
    .slice(0, options.limit);
}

/** The parts of an agent's run as one: begun with the first, ended as the last. */
function oneRowEach(runs: readonly RunSummary[], words: ReadonlyMap<string, AgentWords>): RunSummary[] {
  const names = new Set(runs.map(({ run }) => run));
  // Only where there is a first part is a name with a number that of a part.
  const groups = Map.groupBy(runs, ({ run }) => (names.has(rootOf(run)) ? rootOf(run) : run));
  return [...groups].flatMap(([root, group]) => {
    const parts = group.toSorted((a, b) => (partOf(root, a.run) ?? 1) - (partOf(root, b.run) ?? 1));
    const [first, last] = [parts[0], parts.at(-1)];
    if (first === undefined || last === undefined) return [];
    const said = words.get(root) ?? first.agent;
    if (said === undefined && parts.length === 1) return [first];
    const outcome = parts.some((part) => part.outcome === "damaged") ? "damaged" : last.outcome;
    const took = parts.flatMap(({ durationMs }) => durationMs ?? []);
    const durationMs = took.length === 0 ? undefined : took.reduce((sum, ms) => sum + ms, 0);
    return [{ ...first, outcome, durationMs, ...(said && { agent: { name: said.name, objective: said.objective, parts: parts.length } }) }];
  });
}

async function ofRow(row: RunRow, file: JournalFile | undefined): Promise<RunSummary> {
  const { run, command, actor, started, finished } = row;
  if (row.state === "running" && ownerState(row.owner) === "dead") {
    const outcome = file === undefined ? "interrupted" : (await ofJournal(file)).outcome;
    return { run, started, outcome, command, actor, durationMs: undefined };
  }
  const durationMs = finished === undefined ? undefined : Math.max(0, Date.parse(finished) - Date.parse(started));
  return { run, started, outcome: row.state, command, actor, durationMs };
}

/** What a journal says by itself; one that cannot be read to its end counts as damaged. */
async function ofJournal(file: JournalFile): Promise<RunSummary> {
  const summary: RunSummary = { run: file.run, started: "", outcome: "interrupted", command: "", actor: "", durationMs: undefined };
  try {
    for await (const record of readJournal(file)) {
      if (isKind(record, "run.started")) Object.assign(summary, { started: record.ts, command: record.data.command, actor: record.data.actor.name });
      if (isKind(record, "agent.started")) summary.agent = { name: record.data.agent, objective: textOf(record.data.objective), parts: 1 };
      if (isKind(record, "run.finished")) Object.assign(summary, { outcome: record.data.outcome, durationMs: record.data.durationMs });
    }
  } catch {
    summary.outcome = "damaged";
  }
  return summary;
}

/** A text, or the head of one that is too long for its record. */
function textOf(text: unknown): string {
  return typeof text === "string" ? text : isMapping(text) && typeof text["head"] === "string" ? `${text["head"]}…` : "";
}
