import { systemClock } from "../base/clock.ts";
import { listApprovals } from "../ledger/approval-rows.ts";
import { openRuns } from "../ledger/runs.ts";
import { boundLabels, exposition, type Distribution, type Family, type Sample } from "../telemetry/exposition.ts";
import { writeWhole } from "../trace/disk.ts";
import { askOwn } from "../trace/own-question.ts";
import { loadConfig } from "../workspace/config.ts";
import { findWorkspace, type Workspace } from "../workspace/find.ts";
import { withLedger } from "./audit-state.ts";
import { haltStatus } from "./halt-status.ts";
import { authorityOrNone, monthlyBudgets, type MonthlyBudget } from "./list-models.ts";
import { maskFor } from "./mask-for.ts";
import { countedMetrics, durationBoundsSeconds, metricsQuery, metricsViews, type CountedMetric } from "./show-metrics-query.ts";
import { version } from "./version.ts";

/** Values of a label that have a series of their own. */
const valuesMax = 100;

export interface ShownMetrics {
  families: Family[];
  /** Prometheus' text format 0.0.4. */
  text: string;
}

/**
 * The record and the ledger as metrics: what has happened as counters and histograms, what stands now as gauges. With `file` the text is also written
 * there, whole or not at all. Errors: those of the ledger, and of a query.
 */
export async function showMetrics(asked: { cwd: string; env: NodeJS.ProcessEnv; file?: string | undefined }): Promise<ShownMetrics> {
  const workspace = findWorkspace(asked.cwd, asked.env, { initialised: true });
  const { values, secrets } = loadConfig(workspace.root, asked.env);
  const authority = await authorityOrNone(asked);
  const all = [
    ...gauges(workspace, haltStatus(asked.cwd, asked.env).halted, monthlyBudgets(workspace, authority?.set.budgets ?? [])),
    ...(await counted(workspace.stateDir)),
  ];
  const families = maskFor(workspace.stateDir, asked.env, { names: values.mask.names, secrets })(all);
  const text = exposition(families);
  if (asked.file !== undefined) writeWhole(asked.file, text, 0o644);
  return { families, text };
}

async function counted(stateDir: string): Promise<Family[]> {
  const [rows = []] = await askOwn(stateDir, [metricsQuery()], metricsViews);
  return countedMetrics.map((metric, place) =>
    familyOf(
      metric,
      rows.filter((row) => row[0] === place),
    ),
  );
}

function familyOf({ name, help, labels, durations }: CountedMetric, rows: readonly unknown[][]): Family {
  const names = Object.keys(labels);
  const labelled = (row: readonly unknown[]): Record<string, string> =>
    Object.fromEntries(names.map((label, index) => [label, String((row[1] as unknown[])[index])]));
  const of = { name: `agentctl_${name}`, help };
  if (durations === undefined) {
    const samples = rows.map((row): Sample => ({ labels: labelled(row), value: Number(row[2]) }));
    return { ...of, type: "counter", samples: boundLabels(samples, valuesMax) };
  }
  const samples = rows.map((row): Distribution => ({ labels: labelled(row), counts: (row[3] as unknown[]).map(Number), sum: Number(row[2] ?? 0) }));
  return { ...of, type: "histogram", bounds: durationBoundsSeconds, samples: boundLabels(samples, valuesMax) };
}

/** What stands now, from the ledger and the two files of a halt. */
function gauges({ stateDir }: Workspace, halted: boolean, budgets: readonly MonthlyBudget[]): Family[] {
  const nowMs = systemClock.nowMs();
  const known = withLedger(stateDir, (ledger) => ({ runs: openRuns(ledger), approvals: listApprovals(ledger, nowMs) }));
  const { alive = [], unknown = [], dead = [] } = known?.runs ?? {};
  const open = known?.approvals.filter(({ state }) => state === "open") ?? [];
  const asked = (["approve", "two-key"] as const).map((effect) => ({ labels: { effect }, value: open.filter((row) => row.effect === effect).length }));
  return [
    gauge("info", "The version of agentctl that wrote this.", [{ labels: { version }, value: 1 }]),
    gauge("halted", "1 while work is halted.", halted ? 1 : 0),
    gauge("runs_alive", "Runs at work.", alive.length + unknown.length),
    gauge("runs_dead", "Runs whose process is gone and that nobody has ended yet.", dead.length),
    gauge("approvals_open", "Questions that wait for people.", asked),
    ...budgetGauges(budgets, "costUsd", "usd", "US dollars"),
    ...budgetGauges(budgets, "tokens", "tokens", "Tokens"),
  ];
}

function budgetGauges(budgets: readonly MonthlyBudget[], dimension: MonthlyBudget["dimension"], unit: string, inWords: string): Family[] {
  const concerned = budgets.filter((budget) => budget.dimension === dimension);
  const limits = concerned.map(({ budget, limit }): Sample => ({ labels: { budget }, value: limit }));
  const left = concerned.map(({ budget, limit, taken }): Sample => ({ labels: { budget }, value: Math.max(0, limit - taken) }));
  return [
    gauge(`budget_limit_${unit}`, `${inWords} that a month's budget allows.`, limits),
    gauge(`budget_left_${unit}`, `${inWords} that are left of a month's budget.`, left),
  ];
}

function gauge(name: string, help: string, value: number | Sample[]): Family {
  return { name: `agentctl_${name}`, help, type: "gauge", samples: typeof value === "number" ? [{ labels: {}, value }] : value };
}
