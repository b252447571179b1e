import { isoTime, systemClock } from "../base/clock.ts";
import { unjudgedOutcomes } from "../telemetry/judge-tasks.ts";
import { rateOf, type Rate } from "../telemetry/wilson.ts";
import { ofAgents, typed } from "../trace/event-sql.ts";
import { askOwn } from "../trace/own-question.ts";
import { loadConfig } from "../workspace/config.ts";
import { findWorkspace } from "../workspace/find.ts";
import { maskFor } from "./mask-for.ts";

export const statGroups = ["agent", "model", "skill", "tool", "command"] as const;
export type StatGroup = (typeof statGroups)[number];

/** What one agent, model, skill, tool or command did in the time asked for. */
export interface StatRow {
  by: StatGroup;
  name: string;
  /** Objectives of an agent, calls of the others, runs of a command (its first word). */
  runs: number;
  /** Of those that say something (`unjudgedOutcomes` do not), those that ended `ok`. */
  success: Rate;
  inputTokens: number | null;
  outputTokens: number | null;
  costUsd: number | null;
  /** Time at work, without waiting for people; null where none has ended. */
  medianMs: number | null;
  p95Ms: number | null;
}

export interface ShownStats {
  since: string;
  until: string;
  rows: StatRow[];
}

interface Source {
  /** A relation with the columns name, outcome, ms, and those that `tokens` and `cost` name. */
  from: string;
  spends: boolean;
}

const views = ["runs", "skill_runs", "agent_runs", "model_calls", "tool_calls"];
const modelSpending = "sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens, sum(cost_usd) AS cost_usd";

/** Each group as a relation of what started since; the time of an agent is that of its parts together. */
function sources(since: string): Record<StatGroup, Source> {
  const within = `started >= TIMESTAMP '${since.replace("T", " ").replace("Z", "")}'`;
  return {
    agent: {
      from: `SELECT agent AS name, outcome, ms, input_tokens, output_tokens, cost_usd
        FROM (SELECT run, agent, outcome FROM agent_runs WHERE ${within})
        LEFT JOIN (SELECT root AS run, sum(${typed("durationMs", "DOUBLE")}) AS ms FROM ${ofAgents("run.finished")} GROUP BY root) USING (run)
        LEFT JOIN (SELECT run, ${modelSpending} FROM model_calls GROUP BY run) USING (run)`,
      spends: true,
    },
    model: {
      from: `SELECT coalesce(model, 'none') AS name, outcome, duration_ms AS ms, input_tokens, output_tokens, cost_usd FROM model_calls WHERE ${within}`,
      spends: true,
    },
    skill: { from: `SELECT skill AS name, outcome, duration_ms AS ms FROM skill_runs WHERE purpose IS NULL AND ${within}`, spends: false },
    tool: {
      // A name that a model made up belongs to no tool.
      from: `SELECT CASE WHEN "class" IS NULL THEN 'unknown' ELSE tool END AS name, outcome, duration_ms AS ms FROM tool_calls WHERE ${within}`,
      spends: false,
    },
    command: { from: `SELECT split_part(command, ' ', 1) AS name, outcome, duration_ms AS ms FROM runs WHERE ${within}`, spends: false },
  };
}

/** Success, spending and time at work of the last days, the most used first. Errors: those of a query. */
export async function showStats(asked: { cwd: string; env: NodeJS.ProcessEnv; days: number; by: readonly StatGroup[] }): Promise<ShownStats> {
  const workspace = findWorkspace(asked.cwd, asked.env);
  const { values, secrets } = loadConfig(workspace.root, asked.env);
  const nowMs = systemClock.nowMs();
  const since = isoTime(nowMs - asked.days * 86_400_000);
  const [rows = []] = await askOwn(workspace.stateDir, [query(since, asked.by)], views);
  const mask = maskFor(workspace.stateDir, asked.env, { names: values.mask.names, secrets });
  return { since, until: isoTime(nowMs), rows: mask(rows.map(rowOf)) };
}

function query(since: string, by: readonly StatGroup[]): string {
  const all = sources(since);
  const unjudged = unjudgedOutcomes.map((outcome) => `'${outcome}'`).join(", ");
  const selects = by.map((group) => {
    const spent = all[group].spends ? "sum(input_tokens), sum(output_tokens), sum(cost_usd)" : "NULL::HUGEINT, NULL::HUGEINT, NULL::DOUBLE";
    return `SELECT ${statGroups.indexOf(group)} AS place, '${group}' AS by, name, count(*) AS runs, count(*) FILTER (outcome = 'ok') AS ok,
      count(*) FILTER (outcome NOT IN (${unjudged})) AS judged, ${spent}, quantile_cont(ms, 0.5), quantile_cont(ms, 0.95)
    FROM (${all[group].from}) WHERE name IS NOT NULL GROUP BY name`;
  });
  return `${selects.join("\n  UNION ALL ")} ORDER BY place, runs DESC, name`;
}

function rowOf([, by, name, runs, ok, judged, inputTokens, outputTokens, costUsd, medianMs, p95Ms]: readonly unknown[]): StatRow {
  return {
    by: by as StatGroup,
    name: String(name),
    runs: Number(runs),
    success: rateOf(Number(ok), Number(judged)),
    inputTokens: numberOf(inputTokens),
    outputTokens: numberOf(outputTokens),
    costUsd: numberOf(costUsd),
    medianMs: numberOf(medianMs),
    p95Ms: numberOf(p95Ms),
  };
}

function numberOf(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}
