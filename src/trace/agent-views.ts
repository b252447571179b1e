import { body, ofAgents, ofKind, text, typed } from "./event-sql.ts";
import type { View } from "./views.ts";

/** What was said last of a value, in the order of the parts and of their records; that it is gone counts, too. */
const last = (value: string): string => `last(${value} ORDER BY part_number, seq)`;
const lastOf = (kind: string, value: string): string => `${last(value)} FILTER (kind = '${kind}')`;
const firstOf = (kind: string, value: string): string => `first(${value} ORDER BY part_number, seq) FILTER (kind = '${kind}')`;
const total = (path: string, type: string): string => `coalesce(sum(${typed(path, type)}) FILTER (kind = 'model.answered'), 0)::${type}`;

const agentRuns: View = {
  name: "agent_runs",
  about: "one row an objective given to an agent, all parts together; outcome is that of the last part, NULL while it runs",
  columns: [
    ["run", "VARCHAR"],
    ["agent", "VARCHAR"],
    ["agent_digest", "VARCHAR"],
    ["level", "INTEGER"],
    ["objective", "VARCHAR"],
    ["parts", "BIGINT"],
    ["started", "TIMESTAMP"],
    ["finished", "TIMESTAMP"],
    ["outcome", "VARCHAR"],
    ["why", "VARCHAR"],
    ["iterations", "BIGINT"],
    ["tool_calls", "BIGINT"],
    ["tokens", "BIGINT"],
    ["cost_usd", "DOUBLE"],
    ["answer", "VARCHAR"],
    ["waits_for", "VARCHAR[]"],
    ["fork_of", "VARCHAR"],
  ],
  // Of a part that was killed only the end of its run is on record. What was spent is counted from the calls, so that it is there from the first one on.
  sql: `WITH part AS (SELECT * FROM ${ofAgents("agent.started")}),
    first_part AS (SELECT * FROM part QUALIFY row_number() OVER (PARTITION BY root ORDER BY part_number) = 1),
    last_part AS (SELECT part.root, f.data AS f, r.data AS r, coalesce(f.ts, r.ts) AS ended FROM part
      LEFT JOIN ${ofKind("agent.finished")} f USING (run) LEFT JOIN ${ofKind("run.finished")} r USING (run)
      QUALIFY row_number() OVER (PARTITION BY part.root ORDER BY part_number DESC) = 1),
    counted AS (SELECT root, count(*) AS parts FROM part GROUP BY root),
    spent AS (SELECT root, count(*) FILTER (kind = 'model.answered') AS iterations,
        count(DISTINCT ${text("key")}) FILTER (kind <> 'model.answered') AS tool_calls,
        ${total("usage.inputTokens", "BIGINT")} + ${total("usage.outputTokens", "BIGINT")} AS tokens, ${total("costUsd", "DOUBLE")} AS cost_usd
      FROM ${ofAgents("model.answered", "tool.asked", "tool.finished")} GROUP BY root)
  SELECT root AS run, ${text("agent", "s.data")} AS agent, ${text("agentDigest", "s.data")} AS agent_digest, ${typed("level", "INTEGER", "s.data")} AS level,
    ${body("objective", "s.data")} AS objective, parts, s.ts AS started, ended AS finished, coalesce(${text("outcome", "f")}, ${text("outcome", "r")}) AS outcome,
    coalesce(${body("why", "f")}, ${body("message", "r")}) AS why, coalesce(iterations, 0) AS iterations, coalesce(tool_calls, 0) AS tool_calls,
    coalesce(tokens, 0) AS tokens, coalesce(cost_usd, 0) AS cost_usd, ${body("answer", "f")} AS answer, TRY_CAST(f->'$.waitsFor' AS VARCHAR[]) AS waits_for,
    ${text("forkOf.run", "s.data")} AS fork_of
  FROM first_part s JOIN last_part USING (root) JOIN counted USING (root) LEFT JOIN spent USING (root)`,
};

const subtasks: View = {
  name: "subtasks",
  about: "one row a subtask of an agent's run; part is the run that worked on it last, outcome is NULL until it has ended",
  columns: [
    ["run", "VARCHAR"],
    ["part", "VARCHAR"],
    ["subtask", "VARCHAR"],
    ["objective", "VARCHAR"],
    ["outcome", "VARCHAR"],
    ["why", "VARCHAR"],
    ["answer", "VARCHAR"],
  ],
  sql: `SELECT root AS run, ${last("run")} AS part, subtask, first(objective ORDER BY objective IS NULL, part_number, seq) AS objective, ${last("outcome")} AS outcome,
    ${last("why")} AS why, ${last("answer")} AS answer
  FROM (SELECT root, run, part_number, seq, ${text("subtask")} AS subtask, ${body("objective")} AS objective, ${text("outcome")} AS outcome, ${body("why")} AS why,
      ${body("answer")} AS answer
    FROM ${ofAgents("subtask.started", "subtask.finished")}
    UNION ALL
    SELECT root, run, part_number, seq, ${text("id", "s")}, ${body("objective", "s")}, NULL, NULL, NULL
    FROM (SELECT * EXCLUDE (data), unnest(data->'$.subtasks[*]') AS s FROM ${ofAgents("plan.made")}))
  GROUP BY root, subtask`,
};

const modelCalls: View = {
  name: "model_calls",
  about: "one row a call of a model in a part (a run) of an agent's run; outcome is NULL while it is asked, or for ever when it was killed",
  columns: [
    ["run", "VARCHAR"],
    ["part", "VARCHAR"],
    ["key", "VARCHAR"],
    ["subtask", "VARCHAR"],
    ["role", "VARCHAR"],
    ["model", "VARCHAR"],
    ["started", "TIMESTAMP"],
    ["outcome", "VARCHAR"],
    ["input_tokens", "BIGINT"],
    ["output_tokens", "BIGINT"],
    ["cost_usd", "DOUBLE"],
    ["cached", "BOOLEAN"],
    ["attempts", "BIGINT"],
    ["duration_ms", "DOUBLE"],
    ["why", "VARCHAR"],
  ],
  sql: `SELECT a.root AS run, a.run AS part, ${text("key", "a.data")} AS key, ${text("subtask", "a.data")} AS subtask, ${text("role", "a.data")} AS role,
    coalesce(${text("model", "f.data")}, ${text("model", "a.data")}) AS model, a.ts AS started, ${text("outcome", "f.data")} AS outcome,
    ${typed("usage.inputTokens", "BIGINT", "f.data")} AS input_tokens, ${typed("usage.outputTokens", "BIGINT", "f.data")} AS output_tokens,
    ${typed("costUsd", "DOUBLE", "f.data")} AS cost_usd, ${typed("cached", "BOOLEAN", "f.data")} AS cached,
    json_array_length(f.data, '$.attempts')::BIGINT AS attempts, ${typed("durationMs", "DOUBLE", "f.data")} AS duration_ms, ${body("why", "f.data")} AS why
  FROM ${ofAgents("model.asked")} a LEFT JOIN ${ofKind("model.answered")} f ON a.run = f.run AND ${text("key", "a.data")} = ${text("key", "f.data")}`,
};

const toolCalls: View = {
  name: "tool_calls",
  about: "one row a call of a tool; outcome is NULL while it acts, or when a crash hid what became of it; part is the run that heard of it last",
  columns: [
    ["run", "VARCHAR"],
    ["part", "VARCHAR"],
    ["key", "VARCHAR"],
    ["subtask", "VARCHAR"],
    ["tool", "VARCHAR"],
    ["class", "VARCHAR"],
    ["started", "TIMESTAMP"],
    ["outcome", "VARCHAR"],
    ["duration_ms", "DOUBLE"],
    ["decisions", "VARCHAR[]"],
    ["approval", "VARCHAR"],
    ["grant_id", "VARCHAR"],
  ],
  // One that was denied was never begun; one that a crash cut off has its receipt in a later part.
  sql: `SELECT root AS run, ${last("run")} AS part, ${text("key")} AS key, ${firstOf("tool.asked", text("subtask"))} AS subtask, ${last(text("tool"))} AS tool,
    ${lastOf("tool.asked", text("class"))} AS "class", min(ts) AS started, ${lastOf("tool.finished", text("outcome"))} AS outcome,
    ${lastOf("tool.finished", typed("durationMs", "DOUBLE"))} AS duration_ms, ${lastOf("tool.asked", "TRY_CAST(data->'$.decisions' AS VARCHAR[])")} AS decisions,
    ${lastOf("tool.asked", text("approval"))} AS approval, ${lastOf("tool.asked", text("grant"))} AS grant_id
  FROM ${ofAgents("tool.asked", "tool.finished")} GROUP BY root, ${text("key")}`,
};

const limits: View = {
  name: "limits",
  about: "one row a limit that an agent's run reached",
  columns: [
    ["run", "VARCHAR"],
    ["part", "VARCHAR"],
    ["key", "VARCHAR"],
    ["ts", "TIMESTAMP"],
    ["limit_name", "VARCHAR"],
    ["used", "DOUBLE"],
    ["most", "DOUBLE"],
  ],
  sql: `SELECT root AS run, run AS part, ${text("key")} AS key, ts, ${text("limit")} AS limit_name, ${typed("used", "DOUBLE")} AS used, ${typed("most", "DOUBLE")} AS most
  FROM ${ofAgents("limit.reached")}`,
};

const judgements: View = {
  name: "judgements",
  about: "one row a judgement of an answer, by a check or by the critic",
  columns: [
    ["run", "VARCHAR"],
    ["part", "VARCHAR"],
    ["key", "VARCHAR"],
    ["ts", "TIMESTAMP"],
    ["subtask", "VARCHAR"],
    ["judge", "VARCHAR"],
    ["accepted", "BOOLEAN"],
    ["why", "VARCHAR"],
  ],
  sql: `SELECT root AS run, run AS part, ${text("key")} AS key, ts, ${text("subtask")} AS subtask, ${text("by")} AS judge, ${typed("accepted", "BOOLEAN")} AS accepted,
    ${body("why")} AS why
  FROM ${ofAgents("answer.judged")}`,
};

export const agentViews: readonly View[] = [agentRuns, subtasks, modelCalls, toolCalls, limits, judgements];
