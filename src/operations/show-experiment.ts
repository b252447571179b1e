import { AgentctlError } from "../base/errors.ts";
import type { ExperimentReport } from "../backtest/search/report.ts";
import type { ExperimentStarted } from "../event/backtest-events.ts";
import { findWorkspace } from "../workspace/find.ts";
import { readExperiment, type RecordedTrial } from "./experiment-record.ts";

export interface ShownExperiment {
  experiment: string;
  strategy: string;
  /** RFC 3339 in UTC. */
  started: string;
  /** ok, failed, interrupted, or unfinished where no end is on record. */
  outcome: string;
  runs: string[];
  seed: number;
  search: ExperimentStarted["search"];
  data: ExperimentStarted["data"];
  /** On record, of those planned. */
  trials: number;
  planned: number;
  /** Once it has come to its end. */
  report?: ExperimentReport;
  /** Parameters and scores of the variants that were tried on all bars. */
  points: Pick<RecordedTrial, "trial" | "parameters" | "score">[];
}

/** What is on record of an experiment. Errors: `experiment/unknown`, `experiment/ambiguous` (exit usage), `trace/damaged`. */
export async function showExperiment(asked: { cwd: string; env: NodeJS.ProcessEnv; experiment: string }): Promise<ShownExperiment> {
  const { stateDir } = findWorkspace(asked.cwd, asked.env);
  const { experiment, runs, started, startedAt, trials, finished } = await readExperiment(stateDir, asked.experiment);
  const points = [...trials.values()].filter(({ window }) => window === "all").toSorted((a, b) => a.trial - b.trial);
  const report = finished?.report;
  if (report !== undefined && "$blob" in report) {
    throw new AgentctlError("experiment/too-large", `the report of ${experiment} is kept apart from its record`, { hint: `agentctl run show ${runs.at(-1)}` });
  }
  return {
    experiment,
    strategy: started.strategy,
    started: startedAt,
    outcome: finished?.outcome ?? "unfinished",
    runs,
    seed: started.seed,
    search: started.search,
    data: started.data,
    trials: trials.size,
    planned: started.trials,
    ...(report !== undefined && { report: report as unknown as ExperimentReport }),
    points: points.map(({ trial, parameters, score }) => ({ trial, parameters, score: score ?? null })),
  };
}
