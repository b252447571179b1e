import { ofKind, text, typed } from "./event-sql.ts";

/** The columns that people and agents query. README.md lists them; a test keeps the three (this list, README, DuckDB) equal. */
export interface View {
  name: string;
  about: string;
  /** Name and DuckDB type, in order. */
  columns: readonly (readonly [name: string, type: string])[];
  /** A SELECT over `events`. */
  sql: string;
}

const runs: View = {
  name: "runs",
  about: "one row a run; outcome is NULL while it runs",
  columns: [
    ["run", "VARCHAR"],
    ["command", "VARCHAR"],
    ["actor_kind", "VARCHAR"],
    ["actor", "VARCHAR"],
    ["started", "TIMESTAMP"],
    ["finished", "TIMESTAMP"],
    ["outcome", "VARCHAR"],
    ["duration_ms", "DOUBLE"],
    ["commit", "VARCHAR"],
    ["policy_commit", "VARCHAR"],
    ["error", "VARCHAR"],
    ["events", "BIGINT"],
  ],
  sql: `SELECT run, ${text("command", "s.data")} AS command, ${text("actor.kind", "s.data")} AS actor_kind, ${text("actor.name", "s.data")} AS actor,
    s.ts AS started, f.ts AS finished, ${text("outcome", "f.data")} AS outcome, ${typed("durationMs", "DOUBLE", "f.data")} AS duration_ms,
    ${text("workspace.commit", "s.data")} AS "commit", ${text("policy.commit", "s.data")} AS policy_commit, ${text("error", "f.data")} AS error, events
  FROM ${ofKind("run.started")} s LEFT JOIN ${ofKind("run.finished")} f USING (run)
  LEFT JOIN (SELECT run, count(*) AS events FROM events GROUP BY run) USING (run)`,
};

const decisions: View = {
  name: "decisions",
  about: "one row a policy decision",
  columns: [
    ["run", "VARCHAR"],
    ["seq", "BIGINT"],
    ["ts", "TIMESTAMP"],
    ["id", "VARCHAR"],
    ["action", "VARCHAR"],
    ["class", "VARCHAR"],
    ["effect", "VARCHAR"],
    ["rules", "VARCHAR[]"],
    ["reason", "VARCHAR"],
    ["actor_kind", "VARCHAR"],
    ["actor", "VARCHAR"],
    ["tool", "VARCHAR"],
    ["skill", "VARCHAR"],
    ["path", "VARCHAR"],
    ["host", "VARCHAR"],
    ["policy_commit", "VARCHAR"],
  ],
  sql: `SELECT run, seq, ts, ${text("id")} AS id, ${text("request.action")} AS action, ${text("request.class")} AS "class", ${text("effect")} AS effect,
    TRY_CAST(data->'$.rules' AS VARCHAR[]) AS rules, ${text("reason")} AS reason, ${text("request.actor.kind")} AS actor_kind,
    ${text("request.actor.name")} AS actor, ${text("request.tool")} AS tool, ${text("request.skill.name")} AS skill, ${text("request.path")} AS path,
    ${text("request.host")} AS host, ${text("policy.commit")} AS policy_commit
  FROM ${ofKind("decision.made")}`,
};

const skillRuns: View = {
  name: "skill_runs",
  about: "one row a call of a skill; outcome is NULL while it runs; purpose is NULL but for evaluations and replays, which are no uses of it",
  columns: [
    ["run", "VARCHAR"],
    ["call", "VARCHAR"],
    ["skill", "VARCHAR"],
    ["version", "VARCHAR"],
    ["digest", "VARCHAR"],
    ["trust", "VARCHAR"],
    ["decision", "VARCHAR"],
    ["runner", "VARCHAR"],
    ["image", "VARCHAR"],
    ["started", "TIMESTAMP"],
    ["outcome", "VARCHAR"],
    ["exit_code", "INTEGER"],
    ["oom_killed", "BOOLEAN"],
    ["duration_ms", "DOUBLE"],
    ["purpose", "VARCHAR"],
  ],
  sql: `SELECT s.run, ${text("call", "s.data")} AS call, ${text("skill", "s.data")} AS skill, ${text("version", "s.data")} AS version,
    ${text("digest", "s.data")} AS digest, ${text("trust", "s.data")} AS trust, ${text("decision", "s.data")} AS decision, ${text("runner", "s.data")} AS runner,
    ${text("image", "s.data")} AS image, s.ts AS started, ${text("outcome", "f.data")} AS outcome, ${typed("exitCode", "INTEGER", "f.data")} AS exit_code,
    ${typed("oomKilled", "BOOLEAN", "f.data")} AS oom_killed, ${typed("durationMs", "DOUBLE", "f.data")} AS duration_ms,
    ${text("purpose", "s.data")} AS purpose
  FROM ${ofKind("skill.started")} s LEFT JOIN ${ofKind("skill.finished")} f ON s.run = f.run AND ${text("call", "s.data")} = ${text("call", "f.data")}`,
};

const artifacts: View = {
  name: "artifacts",
  about: "one row a file that a skill made, or another tool of an agent: then skill is NULL and call is the key",
  columns: [
    ["run", "VARCHAR"],
    ["call", "VARCHAR"],
    ["skill", "VARCHAR"],
    ["path", "VARCHAR"],
    ["sha256", "VARCHAR"],
    ["bytes", "BIGINT"],
    ["ts", "TIMESTAMP"],
  ],
  sql: `SELECT run, call, skill, ${text("path", "a")} AS path, ${text("sha256", "a")} AS sha256, ${typed("bytes", "BIGINT", "a")} AS bytes, ts
  FROM (SELECT run, ts, ${text("call")} AS call, ${text("skill")} AS skill, unnest(data->'$.artifacts[*]') AS a FROM ${ofKind("skill.finished")})
  UNION ALL
  SELECT run, key, NULL, ${text("path", "a")}, ${text("sha256", "a")}, ${typed("bytes", "BIGINT", "a")}, ts
  FROM (SELECT run, ts, ${text("key")} AS key, unnest(data->'$.artifacts[*]') AS a FROM ${ofKind("tool.finished")} WHERE ${text("tool")} <> 'run_skill')`,
};

const budgets: View = {
  name: "budgets",
  about: "one row a reservation (event reserved) or settlement (event settled)",
  columns: [
    ["run", "VARCHAR"],
    ["seq", "BIGINT"],
    ["ts", "TIMESTAMP"],
    ["event", "VARCHAR"],
    ["reservation", "VARCHAR"],
    ["granted", "BOOLEAN"],
    ["limit_name", "VARCHAR"],
    ["tokens", "DOUBLE"],
    ["cost_usd", "DOUBLE"],
    ["wall_ms", "DOUBLE"],
    ["files", "DOUBLE"],
    ["hosts", "DOUBLE"],
    ["risk_usd", "DOUBLE"],
  ],
  sql: `SELECT run, seq, ts, replace(kind, 'budget.', '') AS event, ${text("reservation")} AS reservation, ${typed("granted", "BOOLEAN")} AS granted,
    ${text("limit")} AS limit_name, ${typed("amounts.tokens", "DOUBLE")} AS tokens, ${typed("amounts.costUsd", "DOUBLE")} AS cost_usd,
    ${typed("amounts.wallMs", "DOUBLE")} AS wall_ms, ${typed("amounts.files", "DOUBLE")} AS files, ${typed("amounts.hosts", "DOUBLE")} AS hosts,
    ${typed("amounts.riskUsd", "DOUBLE")} AS risk_usd
  FROM events WHERE kind IN ('budget.reserved', 'budget.settled')`,
};

const halts: View = {
  name: "halts",
  about: "one row a halt (event set) or release (event released)",
  columns: [
    ["run", "VARCHAR"],
    ["ts", "TIMESTAMP"],
    ["event", "VARCHAR"],
    ["who", "VARCHAR"],
    ["reason", "VARCHAR"],
    ["runs_stopped", "INTEGER"],
    ["containers_killed", "INTEGER"],
    ["duration_ms", "DOUBLE"],
  ],
  sql: `SELECT run, ts, replace(kind, 'halt.', '') AS event, ${text("by")} AS who, ${text("reason")} AS reason,
    ${typed("runsStopped", "INTEGER")} AS runs_stopped, ${typed("containersKilled", "INTEGER")} AS containers_killed, ${typed("durationMs", "DOUBLE")} AS duration_ms
  FROM events WHERE kind IN ('halt.set', 'halt.released')`,
};

export const eventColumns = [
  ["run", "VARCHAR"],
  ["seq", "BIGINT"],
  ["ts", "TIMESTAMP"],
  ["kind", "VARCHAR"],
  ["data", "JSON"],
  ["prev", "VARCHAR"],
  ["hash", "VARCHAR"],
] as const;

export const derivedViews: readonly View[] = [runs, decisions, skillRuns, artifacts, budgets, halts];
