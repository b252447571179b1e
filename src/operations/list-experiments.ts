import { ask } from "../trace/ask.ts";
import type { Plain } from "../trace/sql-values.ts";
import { findWorkspace } from "../workspace/find.ts";

export interface ExperimentSummary {
  experiment: string;
  strategy: string;
  /** RFC 3339 in UTC, of its first run. */
  started: string;
  /** ok, failed, interrupted, or unfinished where no end is on record: it still runs, or its process was killed. */
  outcome: string;
  search: string;
  /** On record of those planned. */
  trials: number;
  planned: number;
  /** Best score on record over all bars; null when none has one. */
  best: number | null;
}

/** One row an experiment, however many runs worked on it; of its runs the last one says how it ended. */
const sql = `WITH counted AS (
    SELECT experiment, count(DISTINCT trial) AS trials, max(score) FILTER (window_name = 'all') AS best
    FROM trials WHERE experiment IS NOT NULL GROUP BY experiment)
  SELECT e.experiment, first(e.strategy ORDER BY e.started), min(e.started) AS started, coalesce(last(e.outcome ORDER BY e.started), 'unfinished'),
    first(e.search->>'$.kind' ORDER BY e.started), coalesce(first(c.trials), 0), first(e.planned ORDER BY e.started), first(c.best)
  FROM experiments e LEFT JOIN counted c USING (experiment) GROUP BY e.experiment ORDER BY started DESC LIMIT `;

/** Experiments on record, the newest first. */
export async function listExperiments(asked: { cwd: string; env: NodeJS.ProcessEnv; limit: number }): Promise<ExperimentSummary[]> {
  const { stateDir } = findWorkspace(asked.cwd, asked.env);
  const { rows } = await ask(stateDir, `${sql}${Math.trunc(asked.limit)}`);
  return rows.map(summaryOf);
}

function summaryOf([experiment, strategy, started, outcome, search, trials, planned, best]: Plain[]): ExperimentSummary {
  return {
    experiment: String(experiment),
    strategy: String(strategy),
    started: String(started),
    outcome: String(outcome),
    search: String(search),
    trials: Number(trials),
    planned: Number(planned),
    best: best === null || best === undefined ? null : Number(best),
  };
}
