import { text, typed } from "../trace/event-sql.ts";

/** Upper bounds of the buckets of durations, in seconds; fixed, so that rates over time can be taken. */
export const durationBoundsSeconds = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800] as const;

/** What is counted from the record, by the name of its metric without `agentctl_`. */
export interface CountedMetric {
  name: string;
  help: string;
  /** Labels, each with its SQL over `from`. */
  labels: Readonly<Record<string, string>>;
  /** A relation with the columns of `events`, perhaps with more. */
  from: string;
  /** SQL of what is added up; rows are counted without one. */
  sum?: string;
  /** SQL of a duration in ms: a histogram in seconds. */
  durationMs?: string;
}

const kind = (name: string): string => `(SELECT * FROM e WHERE kind = '${name}')`;

/** The first word typed, such as `skill` or `backtest`. */
const command = "split_part(command, ' ', 1)";
const ended = "(SELECT f.*, s.command FROM ended f JOIN started s USING (run))";
// A name that a model made up belongs to no tool: its call has no class.
const tool = `CASE WHEN class IS NULL THEN 'unknown' ELSE ${text("tool")} END`;
const calls = "(SELECT f.*, a.class FROM tool_ended f LEFT JOIN tool_begun a USING (root, key))";
const model = `coalesce(${text("model")}, 'none')`;
const answered = kind("model.answered");
const skill = kind("skill.finished");
const agents = "(SELECT p.agent, f.* FROM ended f JOIN part p USING (run))";
const agentCalls = `(SELECT p.agent, f.* FROM ${answered} f JOIN part p USING (run))`;
const tokens = (path: string): string => typed(`usage.${path}Tokens`, "BIGINT");
const duration = typed("durationMs", "DOUBLE");
const outcome = text("outcome");

export const countedMetrics: readonly CountedMetric[] = [
  { name: "runs_total", help: "Runs that have ended, by the first word typed.", labels: { command, outcome: "outcome" }, from: ended },
  { name: "run_duration_seconds", help: "How long runs took.", labels: { command }, from: ended, durationMs: duration },
  {
    name: "agent_parts_total",
    help: "Ends of parts of agents' runs: one that waited and went on is counted for each.",
    labels: { agent: "agent", outcome: "agent_outcome" },
    from: agents,
  },
  { name: "agent_part_duration_seconds", help: "How long parts of agents' runs took.", labels: { agent: "agent" }, from: agents, durationMs: duration },
  {
    name: "agent_cost_usd_total",
    help: "US dollars that agents spent on models.",
    labels: { agent: "agent" },
    from: agentCalls,
    sum: typed("costUsd", "DOUBLE"),
  },
  { name: "model_calls_total", help: "Answers of models.", labels: { model, outcome }, from: answered },
  { name: "model_call_duration_seconds", help: "How long models took, with all tries.", labels: { model }, from: answered, durationMs: duration },
  { name: "model_input_tokens_total", help: "Tokens sent to models.", labels: { model }, from: answered, sum: tokens("input") },
  { name: "model_output_tokens_total", help: "Tokens that models answered.", labels: { model }, from: answered, sum: tokens("output") },
  { name: "model_cost_usd_total", help: "US dollars spent on models.", labels: { model }, from: answered, sum: typed("costUsd", "DOUBLE") },
  { name: "tool_calls_total", help: "Calls of tools by agents.", labels: { tool, class: "coalesce(class, 'unknown')", outcome }, from: calls },
  { name: "tool_call_duration_seconds", help: "How long tools took.", labels: { tool }, from: calls, durationMs: duration },
  { name: "skill_calls_total", help: "Calls of skills, by people and agents.", labels: { skill: text("skill"), outcome }, from: skill },
  { name: "skill_call_duration_seconds", help: "How long skills took.", labels: { skill: text("skill") }, from: skill, durationMs: duration },
  {
    name: "decisions_total",
    help: "Decisions of policy.",
    labels: { class: text("request.class"), effect: text("effect") },
    from: kind("decision.made"),
  },
  { name: "approvals_asked_total", help: "Questions to people.", labels: { effect: text("effect") }, from: kind("approval.asked") },
  { name: "incidents_total", help: "Rows of the view incidents.", labels: { incident: "incident" }, from: "(SELECT * FROM incidents)" },
];

/** The names of events that are read at all, so that the record is read once. */
const kinds = "run.started run.finished agent.started agent.finished model.answered tool.asked tool.finished skill.finished decision.made approval.asked"
  .split(" ")
  .map((name) => `'${name}'`);

/**
 * One query for all of them: rows of metric (its place in the list), labels as a list of texts, value, counts of the buckets, in the order in which their
 * labels were first seen. The record is read once into `e`.
 */
export function metricsQuery(): string {
  const rows = countedMetrics.map(({ labels, from, sum, durationMs }, place) => {
    const names = Object.values(labels).map((label) => `coalesce(${label}, 'none')`);
    const buckets = durationBoundsSeconds.map((bound) => `count(*) FILTER (ms <= ${bound * 1000})`);
    const value = durationMs === undefined ? (sum === undefined ? "count(*)" : "sum(added)") : "sum(ms) / 1000";
    return `SELECT ${place} AS metric, labels, (${value})::DOUBLE AS value, ${durationMs === undefined ? "[]" : `[${buckets.join(", ")}, count(*)]`}::BIGINT[] AS counts,
      min(seen) AS first_seen
    FROM (SELECT [${names.join(", ")}] AS labels, row(ts, run, seq) AS seen, ${durationMs ?? "NULL"} AS ms, coalesce(${sum ?? "0"}, 0) AS added FROM ${from}) GROUP BY labels`;
  });
  return `WITH e AS MATERIALIZED (SELECT run, seq, ts, kind, data FROM events WHERE kind IN (${kinds.join(", ")})),
    started AS (SELECT run, ${text("command")} AS command FROM ${kind("run.started")}),
    part AS (SELECT run, ${text("agent")} AS agent, ${text("root")} AS root FROM ${kind("agent.started")}),
    told AS (SELECT run, ${outcome} AS outcome FROM ${kind("agent.finished")}),
    ended AS (SELECT f.*, ${text("outcome", "f.data")} AS outcome, coalesce(told.outcome, ${text("outcome", "f.data")}) AS agent_outcome
      FROM ${kind("run.finished")} f LEFT JOIN told USING (run)),
    tool_ended AS (SELECT f.*, root, ${text("key")} AS key FROM ${kind("tool.finished")} f JOIN part USING (run)),
    tool_begun AS (SELECT root, ${text("key")} AS key, any_value(${text("class")}) AS class FROM ${kind("tool.asked")} JOIN part USING (run) GROUP BY ALL)
  ${rows.join("\n  UNION ALL ")}
  ORDER BY metric, first_seen, labels`;
}
