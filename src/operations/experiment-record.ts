import { AgentctlError } from "../base/errors.ts";
import { nearest } from "../base/suggest.ts";
import type { ExperimentFinished, ExperimentStarted, TrialsRecorded } from "../event/backtest-events.ts";
import { ask } from "../trace/ask.ts";
import { readJournal, requireJournal } from "../trace/read-journal.ts";
import { isKind } from "../trace/record.ts";

export type RecordedTrial = TrialsRecorded["trials"][number];

/** An experiment as its runs recorded it. */
export interface RecordedExperiment {
  experiment: string;
  /** Runs that worked on it, the first one first. */
  runs: string[];
  /** As it was planned; the same in all of its runs. */
  started: ExperimentStarted;
  startedAt: string;
  /** By number. A trial is counted once, however often it was written. */
  trials: Map<number, RecordedTrial>;
  /** The last end; undefined where the last run did not come to one. */
  finished: ExperimentFinished | undefined;
}

/** The runs of experiments, oldest first. */
async function experimentRuns(stateDir: string): Promise<{ experiment: string; run: string }[]> {
  const { rows } = await ask(stateDir, "SELECT experiment, run FROM experiments WHERE experiment IS NOT NULL ORDER BY started, run", { rowsMax: 1_000_000 });
  return rows.map(([experiment, run]) => ({ experiment: String(experiment), run: String(run) }));
}

/**
 * What is on record of an experiment, verified record by record; the beginning of an id is enough when only one has it. Errors (exit usage):
 * `experiment/unknown`, `experiment/ambiguous`; `trace/damaged`.
 */
export async function readExperiment(stateDir: string, name: string): Promise<RecordedExperiment> {
  const all = await experimentRuns(stateDir);
  const experiment = theOne(name, [...new Set(all.map((row) => row.experiment))]);
  const runs = all.filter((row) => row.experiment === experiment).map(({ run }) => run);
  return gather(stateDir, experiment, runs);
}

async function gather(stateDir: string, experiment: string, runs: string[]): Promise<RecordedExperiment> {
  let [started, startedAt, finished]: [ExperimentStarted | undefined, string, ExperimentFinished | undefined] = [undefined, "", undefined];
  const trials = new Map<number, RecordedTrial>();
  for (const run of runs) {
    finished = undefined;
    for await (const record of readJournal(requireJournal(stateDir, run))) {
      if (isKind(record, "experiment.started") && record.data.experiment === experiment && started === undefined) {
        started = record.data;
        startedAt = record.ts;
      }
      if (isKind(record, "experiment.finished") && record.data.experiment === experiment) finished = record.data;
      if (!isKind(record, "trials.recorded") || record.data.experiment !== experiment) continue;
      for (const trial of record.data.trials) if (!trials.has(trial.trial)) trials.set(trial.trial, trial);
    }
  }
  if (started === undefined) throw unknown(experiment, []);
  return { experiment, runs, started, startedAt, trials, finished };
}

function theOne(name: string, known: readonly string[]): string {
  const found = known.includes(name) ? [name] : known.filter((id) => name !== "" && (id.startsWith(name) || id.startsWith(`e-${name}`)));
  const [only] = found;
  if (only === undefined) throw unknown(name, known);
  if (found.length > 1) {
    throw new AgentctlError("experiment/ambiguous", `${found.length} experiments begin with "${name}": ${found.slice(0, 5).join(", ")}`, { exit: "usage" });
  }
  return only;
}

function unknown(name: string, known: readonly string[]): AgentctlError {
  const near = nearest(name, known);
  return new AgentctlError("experiment/unknown", `there is no experiment "${name}" on record`, {
    hint: near === undefined ? "agentctl experiment" : `did you mean ${near}?`,
    exit: "usage",
  });
}
