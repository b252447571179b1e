import { isoTime, systemClock } from "../base/clock.ts";
import { judgeTasks, type Attempt, type Regression } from "../telemetry/judge-tasks.ts";
import { periods, type Period } from "../telemetry/periods.ts";
import { judgeRate, rateOf, type Rate, type Verdict } from "../telemetry/wilson.ts";
import { loadConfig } from "../workspace/config.ts";
import { findWorkspace } from "../workspace/find.ts";
import { readEvaluated, type EvaluatedRecord, type Incident } from "./evaluate-runs-record.ts";
import { maskFor } from "./mask-for.ts";

export interface Thresholds {
  /** Shares, 0 to 1. */
  minSuccessRate?: number | undefined;
  maxRegressionRate?: number | undefined;
  maxIncidentRate?: number | undefined;
  /** A count. */
  maxIncidents?: number | undefined;
}

export interface EvaluateAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  days: number;
  every: "day" | "week";
  /** Only this agent's runs. */
  agent?: string | undefined;
  thresholds: Thresholds;
}

export interface Figures {
  /** Runs of any command that started in the time. */
  runs: number;
  success: Rate;
  regression: Rate;
  /** Of the runs, those with at least one incident. */
  incident: Rate;
  incidents: number;
}

export interface Evaluation {
  from: string;
  to: string;
  agent?: string | undefined;
  total: Figures;
  periods: (Period & Figures)[];
  regressions: Regression[];
  incidents: Incident[];
  /** One for each threshold given. */
  checks: { threshold: keyof Thresholds; allowed: number; found: number | null; verdict: Verdict }[];
}

/**
 * Success, regressions and incidents over time, from the record; what is counted is written in src/telemetry/README.md. A threshold that is breached is a
 * result. Errors: those of a query.
 */
export async function evaluateRuns(asked: EvaluateAsked): Promise<Evaluation> {
  const workspace = findWorkspace(asked.cwd, asked.env);
  const { values, secrets } = loadConfig(workspace.root, asked.env);
  const nowMs = systemClock.nowMs();
  const times = periods(nowMs, asked.days, asked.every);
  const whole: Period = { from: times[0]?.from ?? isoTime(nowMs), to: isoTime(nowMs + 1) };
  const record = ofAgent(await readEvaluated({ ...asked, stateDir: workspace.stateDir, from: whole.from }), asked.agent);
  const { figures: total, regressions } = figuresOf(record, whole);
  const mask = maskFor(workspace.stateDir, asked.env, { names: values.mask.names, secrets });
  return mask({
    ...whole,
    ...(asked.agent !== undefined && { agent: asked.agent }),
    total,
    periods: times.map((period) => ({ ...period, ...figuresOf(record, period).figures })),
    regressions,
    incidents: record.incidents.filter(within(whole)),
    checks: checksOf(total, asked.thresholds),
  });
}

/** Skills that an agent called stand in its runs, and count with it. */
function ofAgent(record: EvaluatedRecord, agent: string | undefined): EvaluatedRecord {
  if (agent === undefined) return record;
  const runs = record.runs.filter((row) => row.agent === agent);
  const names = new Set(runs.map(({ run }) => run));
  const attempts = record.attempts.filter((attempt: Attempt) => attempt.kind === "agent" && attempt.name === agent);
  return { runs, attempts, incidents: record.incidents.filter(({ run }) => names.has(run)) };
}

function within({ from, to }: Period): (item: { ts: string }) => boolean {
  return ({ ts }) => ts >= from && ts < to;
}

function figuresOf({ attempts, incidents, runs }: EvaluatedRecord, period: Period): { figures: Figures; regressions: Regression[] } {
  const { success, regression, regressions } = judgeTasks(attempts, period);
  const started = runs.filter(({ started: ts }) => within(period)({ ts }));
  const touched = new Set(incidents.map(({ run }) => run));
  const incident = rateOf(started.filter(({ run }) => touched.has(run)).length, started.length);
  return { figures: { runs: started.length, success, regression, incident, incidents: incidents.filter(within(period)).length }, regressions };
}

function checksOf({ success, regression, incident, incidents }: Figures, thresholds: Thresholds): Evaluation["checks"] {
  const rate = (threshold: keyof Thresholds, bound: "min" | "max", found: Rate): Evaluation["checks"] => {
    const allowed = thresholds[threshold];
    return allowed === undefined ? [] : [{ threshold, allowed, found: found.share, verdict: judgeRate(found, bound, allowed) }];
  };
  const { maxIncidents } = thresholds;
  return [
    ...rate("minSuccessRate", "min", success),
    ...rate("maxRegressionRate", "max", regression),
    ...rate("maxIncidentRate", "max", incident),
    ...(maxIncidents === undefined
      ? []
      : [
          {
            threshold: "maxIncidents" as const,
            allowed: maxIncidents,
            found: incidents,
            verdict: incidents > maxIncidents ? ("breached" as const) : ("held" as const),
          },
        ]),
  ];
}
