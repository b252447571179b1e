/** Upper bounds of the buckets of durations, in seconds; fixed, so that rates over time can be taken. */
export const durationBoundsSeconds = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800] as const;

/** What is counted from the record, by the name of its metric without `agentctl_`. */
export interface CountedMetric {
  name: string;
  help: string;
  /** Labels, each with its SQL over `from`. */
  labels: Readonly<Record<string, string>>;
  /** A relation with run, seq, ts, and whatever else is named. */
  from: string;
  /** SQL of what is added up; rows are counted without one. */
  sum?: string;
  /** A histogram in seconds of duration_ms. */
  durations?: true;
}

/** Members of an event's data, by column. They are taken out of the JSON at once: each look into it would read it again. */
const columns = {
  outcome: "outcome",
  command: "command",
  agent: "agent",
  root: "root",
  key: "key",
  class: "class",
  tool: "tool",
  skill: "skill",
  model: "model",
  effect: "effect",
  asked_class: "request.class",
  topic: "topic",
  state: "state",
  duration_ms: "durationMs",
  cost_usd: "costUsd",
  input_tokens: "usage.inputTokens",
  output_tokens: "usage.outputTokens",
} as const;
const numbers = new Set(["duration_ms", "cost_usd", "input_tokens", "output_tokens"]);

const kind = (name: string): string => `(SELECT * FROM e WHERE kind = '${name}')`;

/** The first word typed, such as `skill` or `backtest`. */
const command = "split_part(begun, ' ', 1)";
const ended = "(SELECT f.*, s.command AS begun FROM ended f JOIN started s USING (run))";
// A name that a model made up belongs to no tool: its call has no class.
const tool = "CASE WHEN risk IS NULL THEN 'unknown' ELSE tool END";
const calls = "(SELECT f.*, a.risk FROM tool_ended f LEFT JOIN tool_begun a USING (of_root, key))";
const answered = kind("model.answered");
const skill = kind("skill.finished");
const agents = "(SELECT p.of_agent, f.* FROM ended f JOIN part p USING (run))";
const agentCalls = `(SELECT p.of_agent, f.* FROM ${answered} f JOIN part p USING (run))`;

export const countedMetrics: readonly CountedMetric[] = [
  { name: "runs_total", help: "Runs that have ended, by the first word typed.", labels: { command, outcome: "outcome" }, from: ended },
  { name: "run_duration_seconds", help: "How long runs took.", labels: { command }, from: ended, durations: true },
  {
    name: "agent_parts_total",
    help: "Ends of parts of agents' runs: one that waited and went on is counted for each.",
    labels: { agent: "of_agent", outcome: "agent_outcome" },
    from: agents,
  },
  { name: "agent_part_duration_seconds", help: "How long parts of agents' runs took.", labels: { agent: "of_agent" }, from: agents, durations: true },
  { name: "agent_cost_usd_total", help: "US dollars that agents spent on models.", labels: { agent: "of_agent" }, from: agentCalls, sum: "cost_usd" },
  { name: "model_calls_total", help: "Answers of models.", labels: { model: "model", outcome: "outcome" }, from: answered },
  { name: "model_call_duration_seconds", help: "How long models took, with all tries.", labels: { model: "model" }, from: answered, durations: true },
  { name: "model_input_tokens_total", help: "Tokens sent to models.", labels: { model: "model" }, from: answered, sum: "input_tokens" },
  { name: "model_output_tokens_total", help: "Tokens that models answered.", labels: { model: "model" }, from: answered, sum: "output_tokens" },
  { name: "model_cost_usd_total", help: "US dollars spent on models.", labels: { model: "model" }, from: answered, sum: "cost_usd" },
  { name: "tool_calls_total", help: "Calls of tools by agents.", labels: { tool, class: "coalesce(risk, 'unknown')", outcome: "outcome" }, from: calls },
  { name: "tool_call_duration_seconds", help: "How long tools took.", labels: { tool }, from: calls, durations: true },
  { name: "skill_calls_total", help: "Calls of skills, by people and agents.", labels: { skill: "skill", outcome: "outcome" }, from: skill },
  { name: "skill_call_duration_seconds", help: "How long skills took.", labels: { skill: "skill" }, from: skill, durations: true },
  { name: "decisions_total", help: "Decisions of policy.", labels: { class: "asked_class", effect: "effect" }, from: kind("decision.made") },
  { name: "approvals_asked_total", help: "Questions to people.", labels: { effect: "effect" }, from: kind("approval.asked") },
  {
    name: "net_requests_total",
    help: "Requests of containers to hosts, as their proxies tell them.",
    labels: { outcome: "outcome" },
    from: kind("net.requested"),
  },
  {
    name: "notifications_total",
    help: "Notifications of people that were sent, or given up (failed, denied).",
    labels: { topic: "topic", outcome: "coalesce(state, 'sent')" },
    from: "(SELECT * FROM e WHERE kind IN ('notify.sent', 'notify.failed'))",
  },
  { name: "incidents_total", help: "Rows of the view incidents.", labels: { incident: "incident" }, from: "incidents" },
];

/** The views that the query reads beside `events`. */
export const metricsViews = ["incidents"] as const;

const kinds =
  "run.started run.finished agent.started agent.finished model.answered tool.asked tool.finished skill.finished decision.made approval.asked net.requested notify.sent notify.failed"
    .split(" ")
    .map((name) => `'${name}'`);

/**
 * One query for all of them: rows of metric (its place in the list), labels as a list of texts, value, counts of the buckets, in the order in which their
 * labels were first seen. The record is read once into `e`.
 */
export function metricsQuery(): string {
  const selects = countedMetrics.map(({ labels, from, sum, durations }, place) => {
    const names = Object.values(labels).map((label) => `coalesce(${label}, 'none')`);
    const buckets = durationBoundsSeconds.map((bound) => `count(*) FILTER (duration_ms <= ${bound * 1000})`);
    const value = durations === true ? "sum(duration_ms) / 1000" : sum === undefined ? "count(*)" : `sum(${sum})`;
    return `SELECT ${place} AS metric, [${names.join(", ")}] AS labels, coalesce(${value}, 0)::DOUBLE AS value,
      ${durations === true ? `[${buckets.join(", ")}, count(*)]` : "[]"}::BIGINT[] AS counts, min(row(ts, run, seq)) AS first_seen
    FROM ${from} GROUP BY labels`;
  });
  const paths = Object.values(columns).map((path) => `'$.${path}'`);
  const members = Object.keys(columns).map((column, index) => {
    const member = `f[${index + 1}]`;
    return `${numbers.has(column) ? `TRY_CAST(${member} AS DOUBLE)` : member} AS "${column}"`;
  });
  return `WITH e AS MATERIALIZED (SELECT run, seq, ts, kind, ${members.join(", ")}
      FROM (SELECT run, seq, ts, kind, data->>[${paths.join(", ")}] AS f FROM events WHERE kind IN (${kinds.join(", ")}))),
    started AS (SELECT run, command FROM ${kind("run.started")}),
    part AS (SELECT run, agent AS of_agent, root AS of_root FROM ${kind("agent.started")}),
    told AS (SELECT run, outcome AS said FROM ${kind("agent.finished")}),
    ended AS (SELECT f.*, coalesce(said, outcome) AS agent_outcome FROM ${kind("run.finished")} f LEFT JOIN told USING (run)),
    tool_ended AS (SELECT f.*, of_root FROM ${kind("tool.finished")} f JOIN part USING (run)),
    tool_begun AS (SELECT of_root, key, any_value("class") AS risk FROM ${kind("tool.asked")} JOIN part USING (run) GROUP BY ALL)
  SELECT metric, labels, value, counts FROM (${selects.join("\n  UNION ALL ")})
  ORDER BY metric, first_seen, labels`;
}
