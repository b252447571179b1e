import { AgentctlError } from "../../base/errors.ts";
import { nearest } from "../../base/suggest.ts";
import type { Metrics } from "../metrics.ts";

/** What a search may look for: metrics of a trial, and whether more of it is better. */
const objectives = {
  sharpe: 1,
  sortino: 1,
  calmar: 1,
  cagr: 1,
  totalReturn: 1,
  profitFactor: 1,
  winRate: 1,
  maxDrawdown: -1,
  volatility: -1,
} as const satisfies Readonly<Record<string, 1 | -1>>;

export type Objective = keyof typeof objectives;

const objectiveNames = Object.keys(objectives) as Objective[];

/** An objective by its name. Error (exit usage): `experiment/bad-objective`. */
export function requireObjective(name: string): Objective {
  const found = objectiveNames.find((known) => known === name);
  if (found !== undefined) return found;
  const near = nearest(name, objectiveNames);
  throw new AgentctlError("experiment/bad-objective", `${JSON.stringify(name)} is nothing that a search can look for`, {
    hint: near === undefined ? `one of ${objectiveNames.join(", ")}` : `did you mean ${near}?`,
    exit: "usage",
  });
}

/** What a trial is ranked by: higher is better, whatever the metric. Null, which is below everything, where it never traded or the metric is undefined. */
export function scoreOf(objective: Objective, metrics: Metrics): number | null {
  const value = metrics[objective] ?? null;
  return value === null || (metrics["trades"] ?? 0) === 0 ? null : value * objectives[objective];
}
