import { normalisedObjective, type Attempt } from "../telemetry/judge-tasks.ts";
import { listRuns, openRuns } from "../ledger/runs.ts";
import { ofKind, text } from "../trace/event-sql.ts";
import { askOwn } from "../trace/own-question.ts";
import { withLedger } from "./audit-state.ts";
import { verifyAudit } from "./verify-audit.ts";

/** Something that somebody should look at. */
export interface Incident {
  run: string;
  ts: string;
  /** As in the view `incidents`; `damaged`: its journal has faults. */
  incident: string;
  subject: string | null;
  what: string | null;
}

/** A run of any command. */
export interface StartedRun {
  run: string;
  started: string;
  /** Whose part it is. */
  agent: string | null;
}

export interface EvaluatedRecord {
  attempts: Attempt[];
  incidents: Incident[];
  runs: StartedRun[];
}

const iso = (column: string): string => `strftime(${column}, '%Y-%m-%dT%H:%M:%S.%gZ')`;

const views = ["runs", "agent_runs", "model_calls", "incidents"];

const attempts = `SELECT 'agent' AS kind, a.agent, a.objective, a.run, ${iso("a.started")}, a.outcome, a.agent_digest, m.models, NULL, r.policy_commit
  FROM agent_runs a LEFT JOIN runs r USING (run)
    LEFT JOIN (SELECT run, string_agg(DISTINCT model, ', ' ORDER BY model) AS models FROM model_calls WHERE outcome = 'ok' GROUP BY run) m USING (run)
  UNION ALL
  SELECT 'skill', ${text("skill", "s.data")}, sha256(concat(s.data->'$.input', s.data->'$.files')), s.run, ${iso("s.ts")}, ${text("outcome", "f.data")},
    ${text("digest", "s.data")}, NULL, ${text("image", "s.data")}, r.policy_commit
  FROM ${ofKind("skill.started")} s LEFT JOIN ${ofKind("skill.finished")} f ON s.run = f.run AND ${text("call", "s.data")} = ${text("call", "f.data")}
    LEFT JOIN runs r ON s.run = r.run`;

/**
 * What an evaluation is made of: every attempt on record, since earlier ones are compared with; runs, and incidents, since `from`. Journals of runs that
 * started since are verified, which finds what SQL cannot see. Errors: those of a query.
 */
export async function readEvaluated(asked: { cwd: string; env: NodeJS.ProcessEnv; stateDir: string; from: string }): Promise<EvaluatedRecord> {
  const { stateDir, from } = asked;
  const since = `TIMESTAMP '${from.replace("T", " ").replace("Z", "")}'`;
  const started = `SELECT r.run, ${iso("r.started")}, a.agent FROM runs r
    LEFT JOIN (SELECT run, ${text("agent")} AS agent FROM ${ofKind("agent.started")}) a USING (run) WHERE r.started >= ${since} ORDER BY ALL`;
  const happened = `SELECT run, ${iso("ts")}, incident, subject, what FROM incidents WHERE ts >= ${since} ORDER BY ts, run, seq`;
  const [tried = [], runs = [], incidents = []] = await askOwn(stateDir, [attempts, started, happened], views);
  const known = runs.map(([run, at, agent]): StartedRun => ({ run: String(run), started: String(at), agent: textOf(agent) }));
  return {
    attempts: tried.map(attemptOf),
    incidents: [
      ...incidents.map(([run, ts, incident, subject, what]): Incident => ({
        run: String(run),
        ts: String(ts),
        incident: String(incident),
        subject: textOf(subject),
        what: textOf(what),
      })),
      ...deadRuns(stateDir, from),
      ...(await damaged(asked, known)),
    ],
    runs: known,
  };
}

function attemptOf([kind, name, task, run, started, outcome, digest, model, image, policy]: readonly unknown[]): Attempt {
  const agent = kind === "agent";
  return {
    kind: agent ? "agent" : "skill",
    name: String(name),
    task: agent ? normalisedObjective(String(task)) : String(task),
    run: String(run),
    started: String(started),
    outcome: textOf(outcome),
    versions: agent
      ? { agent: textOf(digest), model: textOf(model), policy: textOf(policy) }
      : { skill: textOf(digest), image: textOf(image), policy: textOf(policy) },
  };
}

/** Runs whose process is gone and that no later run has ended yet. */
function deadRuns(stateDir: string, from: string): Incident[] {
  const dead = withLedger(stateDir, (ledger) => openRuns(ledger).dead) ?? [];
  return dead
    .filter(({ started }) => started >= from)
    .map(({ run, started }) => ({ run, ts: started, incident: "interrupted", subject: null, what: "its process is gone" }));
}

/** Faults of the journals of these runs, and of those that only the ledger knows, whose first record may be what is damaged. */
async function damaged(asked: { cwd: string; env: NodeJS.ProcessEnv; stateDir: string; from: string }, runs: readonly StartedRun[]): Promise<Incident[]> {
  const registered = withLedger(asked.stateDir, (ledger) => listRuns(ledger).filter(({ started }) => started >= asked.from)) ?? [];
  const started = new Map([...registered, ...runs].map((row) => [row.run, row.started]));
  if (started.size === 0) return [];
  const { faults } = await verifyAudit({ ...asked, runs: [...started.keys()] });
  return faults.map(({ kind, file, message }) => {
    const run = /([^/]+)\.jsonl(?:\.gz)?$/.exec(file)?.[1] ?? file;
    // A fault of the whole record, such as that of a checkpoint, is told with the last run.
    return { run, ts: started.get(run) ?? [...started.values()].toSorted().at(-1) ?? asked.from, incident: "damaged", subject: kind, what: message };
  });
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
