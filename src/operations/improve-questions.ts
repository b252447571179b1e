import { errorLine, type OpportunityKind, type Sighting, type Subject } from "../proposal/opportunity.ts";
import { body, ofAgents, ofKind, text, typed } from "../trace/event-sql.ts";
import type { Plain } from "../trace/sql-values.ts";
import { novelTasks } from "./improve-novel.ts";

/** Something that is asked of the record, as SQL that anybody can type into `agentctl query`, and what its rows mean. */
export interface Question {
  id: string;
  /** What is asked, for people. */
  asks: string;
  /** Names of the columns, in order. */
  columns: readonly string[];
  /** Views that the SQL reads beside `events`. */
  views: readonly string[];
  sql(since: string): string;
  sightings(rows: readonly (readonly Plain[])[]): Sighting[];
}

/** A run is worth so many rows of an answer; the worst come first. */
const rowsMax = 200;

/** A run's name without the number of its part. */
const rootOf = (run: string): string => `regexp_replace(${run}, '^(r-[0-9a-z]+)-[0-9]+$', '\\1')`;

/** Runs that did work: not tests, gates and rehearsals of changes, whose failures are their purpose, and not the drafts of earlier calls of improve. */
const worked = `worked AS (SELECT run FROM runs WHERE NOT regexp_matches(command, '^(improve|proposal|propose|evaluat|skill (test|evaluate)|strategy gate)')
    AND ${rootOf("run")} NOT IN (SELECT d FROM (SELECT unnest(${text("opportunities[*].drafts")}) AS d FROM ${ofKind("improve.analysed")}) WHERE d IS NOT NULL))`;

const agentOf = `who AS (SELECT DISTINCT ${text("root")} AS root, ${text("agent")} AS agent FROM ${ofKind("agent.started")})`;

const after = (column: string, since: string): string => `${column} >= TIMESTAMP '${since.replace("T", " ").replace("Z", "")}'`;
const runsOf = (run = "run", ts = "ts"): string => `(list(${run} ORDER BY ${ts} DESC))[1:20]`;
const lastMs = (ts = "ts"): string => `epoch_ms(max(${ts}))`;

/** A use of the workspace's own skill; evaluations and replays are none. */
const ownUse = `${text("trust", "s.data")} <> 'untrusted' AND ${text("purpose", "s.data")} IS NULL`;

/** What a tool that did not do its work is called on record; a denial is none. */
const failed = "('failed', 'timeout', 'invalid')";
/** Their failing is how one works with them, unless it is the same over and over. */
const tried = "('shell', 'python', 'run_tests', 'run_skill')";

const skillFailures: Question = {
  id: "skill-failures",
  asks: "Which skills failed, with which last words, how often?",
  columns: ["skill", "outcome", "digest", "last_words", "input", "n", "runs", "last_ms"],
  views: ["runs"],
  sql: (since) => `WITH ${worked}
SELECT ${text("skill", "f.data")} AS skill, ${text("outcome", "f.data")} AS outcome, ${text("digest", "s.data")} AS digest, right(coalesce(${body("stderr", "f.data")}, ''), 2000) AS last_words,
  left(CAST(arg_max(s.data->'$.input', f.ts) AS VARCHAR), 500) AS input, count(*) AS n, ${runsOf("f.run", "f.ts")} AS runs, ${lastMs("f.ts")} AS last_ms
FROM ${ofKind("skill.finished")} f JOIN ${ofKind("skill.started")} s ON s.run = f.run AND ${text("call", "s.data")} = ${text("call", "f.data")}
WHERE ${after("f.ts", since)} AND f.run IN (SELECT run FROM worked) AND ${text("outcome", "f.data")} NOT IN ('ok', 'cancelled') AND ${ownUse}
GROUP BY 1, 2, 3, 4 ORDER BY n DESC, last_ms DESC LIMIT ${rowsMax}`,
  sightings: (rows) =>
    read(rows, ([skill, outcome, digest, words, input, count, runs, last]) => ({
      ...seen("skill-failures", "failure", "skill", skill, count, runs, last),
      text: errorLine(said(words)) || `outcome ${said(outcome)}`,
      quote: said(words),
      input: said(input),
      digest: said(digest),
    })),
};

const flakySkills: Question = {
  id: "flaky-skills",
  asks: "Which skills both succeed and fail at exactly the same input?",
  columns: ["skill", "digest", "failures", "successes", "runs", "last_ms"],
  views: ["runs"],
  sql: (since) => `WITH ${worked}, calls AS (SELECT f.run, f.ts, ${text("skill", "f.data")} AS skill, ${text("digest", "s.data")} AS digest,
    md5(CAST(s.data->'$.input' AS VARCHAR) || CAST(coalesce(s.data->'$.files', '[]') AS VARCHAR)) AS given, ${text("outcome", "f.data")} = 'ok' AS fine
  FROM ${ofKind("skill.finished")} f JOIN ${ofKind("skill.started")} s ON s.run = f.run AND ${text("call", "s.data")} = ${text("call", "f.data")}
  WHERE ${after("f.ts", since)} AND f.run IN (SELECT run FROM worked) AND ${text("outcome", "f.data")} <> 'cancelled' AND ${ownUse})
SELECT skill, digest, count(*) FILTER (NOT fine) AS failures, count(*) FILTER (fine) AS successes, (list(run ORDER BY ts DESC) FILTER (NOT fine))[1:20] AS runs,
  epoch_ms(max(ts) FILTER (NOT fine)) AS last_ms
FROM calls GROUP BY skill, digest, given HAVING failures >= 2 AND successes >= 1 ORDER BY failures DESC, skill LIMIT ${rowsMax}`,
  sightings: (rows) =>
    read(rows, ([skill, digest, count, , runs, last]) => ({
      ...seen("flaky-skills", "flaky", "skill", skill, count, runs, last),
      text: "fails and succeeds at the same input",
      digest: said(digest),
    })),
};

const toolFailures: Question = {
  id: "tool-failures",
  asks: "Which tools fail for which agent, in more than one run?",
  columns: ["agent", "tool", "error", "n", "runs", "last_ms"],
  views: ["runs"],
  sql: (since) => `WITH ${worked}, ${agentOf}
SELECT agent, ${text("tool", "f.data")} AS tool, left(coalesce(${body("text", "f.data")}, ''), 500) AS error, count(*) AS n, ${runsOf("f.root", "f.ts")} AS runs, ${lastMs("f.ts")} AS last_ms
FROM ${ofAgents("tool.finished")} f JOIN who USING (root) JOIN (SELECT DISTINCT root, ${text("key")} AS key FROM ${ofAgents("tool.asked")} WHERE ${text("class")} IS NOT NULL) a
  ON a.root = f.root AND a.key = ${text("key", "f.data")}
WHERE ${after("f.ts", since)} AND f.run IN (SELECT run FROM worked) AND ${text("outcome", "f.data")} IN ${failed} AND ${text("tool", "f.data")} NOT IN ${tried}
GROUP BY 1, 2, 3 HAVING count(DISTINCT f.root) >= 2 AND n >= 3 ORDER BY n DESC, last_ms DESC LIMIT ${rowsMax}`,
  sightings: (rows) =>
    read(rows, ([agent, tool, error, count, runs, last]) => ({
      ...seen("tool-failures", "failure", "tool", tool, count, runs, last),
      agent: said(agent),
      text: said(error),
    })),
};

const repeatedCalls: Question = {
  id: "repeated-calls",
  asks: "Which tools did an agent call three times or more in one run, in the same way, in vain?",
  columns: ["agent", "tool", "error", "n", "runs", "last_ms"],
  views: ["runs"],
  // Arguments are the same when they differ by numbers only.
  sql: (since) => `WITH ${worked}, ${agentOf}, vain AS (SELECT f.root, f.ts, ${text("tool", "f.data")} AS tool, coalesce(${body("text", "f.data")}, '') AS said,
    regexp_replace(left(CAST(a.data->'$.args' AS VARCHAR), 2000), '[0-9]+', '#', 'g') AS shape
  FROM ${ofAgents("tool.finished")} f JOIN ${ofAgents("tool.asked")} a ON a.root = f.root AND ${text("key", "a.data")} = ${text("key", "f.data")}
  WHERE ${after("f.ts", since)} AND f.run IN (SELECT run FROM worked) AND ${text("outcome", "f.data")} IN ${failed} AND ${text("class", "a.data")} IS NOT NULL
    AND ${text("tool", "f.data")} <> 'run_skill'),
  loops AS (SELECT root, tool, shape, count(*) AS n, max(ts) AS ts, left(arg_max(said, ts), 500) AS error FROM vain GROUP BY root, tool, shape HAVING n >= 3)
SELECT agent, tool, error, sum(n)::BIGINT AS n, ${runsOf("root")} AS runs, ${lastMs()} AS last_ms
FROM loops JOIN who USING (root) GROUP BY 1, 2, 3 ORDER BY n DESC, last_ms DESC LIMIT ${rowsMax}`,
  sightings: (rows) =>
    read(rows, ([agent, tool, error, count, runs, last]) => ({
      ...seen("repeated-calls", "struggle", "tool", tool, count, runs, last),
      agent: said(agent),
      text: said(error),
    })),
};

const limitsReached: Question = {
  id: "limits-reached",
  asks: "Which agents reached which of their limits, more than once?",
  columns: ["agent", "limit_name", "n", "runs", "last_ms", "cost_usd"],
  views: ["runs", "limits", "agent_runs"],
  sql: (since) => `WITH ${worked}
SELECT agent, limit_name, count(*) AS n, ${runsOf("l.run", "l.ts")} AS runs, ${lastMs("l.ts")} AS last_ms, sum(cost_usd) AS cost_usd
FROM limits l JOIN agent_runs a ON a.run = l.run WHERE ${after("l.ts", since)} AND l.part IN (SELECT run FROM worked)
GROUP BY agent, limit_name HAVING n >= 2 ORDER BY n DESC, agent, limit_name LIMIT ${rowsMax}`,
  sightings: (rows) =>
    read(rows, ([agent, limit, count, runs, last, cost]) => ({
      ...seen("limits-reached", "struggle", "agent", agent, count, runs, last, cost),
      text: `reaches its limit ${said(limit)}`,
    })),
};

const givenUp: Question = {
  id: "given-up",
  asks: "What did agents give up, and why?",
  columns: ["agent", "why", "n", "runs", "last_ms", "cost_usd"],
  views: ["runs", "subtasks", "agent_runs"],
  sql: (since) => `WITH ${worked}
SELECT agent, left(coalesce(s.why, ''), 500) AS why, count(*) AS n, ${runsOf("s.run", "started")} AS runs, ${lastMs("coalesce(finished, started)")} AS last_ms, sum(cost_usd) AS cost_usd
FROM subtasks s JOIN agent_runs a ON a.run = s.run WHERE ${after("started", since)} AND s.part IN (SELECT run FROM worked) AND s.outcome = 'failed'
GROUP BY 1, 2 HAVING n >= 2 ORDER BY n DESC, last_ms DESC LIMIT ${rowsMax}`,
  sightings: (rows) =>
    read(rows, ([agent, why, count, runs, last, cost]) => ({
      ...seen("given-up", "struggle", "agent", agent, count, runs, last, cost),
      text: said(why) === "" ? "gives up without a word" : said(why),
    })),
};

const rejected: Question = {
  id: "rejected-answers",
  asks: "Whose answers were not accepted, by whom, three times or more?",
  columns: ["agent", "judge", "why", "n", "runs", "last_ms"],
  views: ["runs", "judgements", "agent_runs"],
  sql: (since) => `WITH ${worked}
SELECT agent, judge, left(arg_max(coalesce(j.why, ''), ts), 500) AS why, count(*) AS n, ${runsOf("j.run", "ts")} AS runs, ${lastMs()} AS last_ms
FROM judgements j JOIN agent_runs a ON a.run = j.run WHERE ${after("ts", since)} AND j.part IN (SELECT run FROM worked) AND NOT accepted
GROUP BY agent, judge HAVING n >= 3 ORDER BY n DESC, agent, judge LIMIT ${rowsMax}`,
  sightings: (rows) =>
    read(rows, ([agent, judge, why, count, runs, last]) => ({
      ...seen("rejected-answers", "struggle", "agent", agent, count, runs, last),
      text: `answers are not accepted by ${said(judge)}`,
      quote: said(why),
    })),
};

const askedAndAllowed: Question = {
  id: "asked-and-allowed",
  asks: "What do agents have to ask people for, who then always say yes?",
  columns: ["agent", "action", "class", "what", "n", "runs", "last_ms"],
  views: ["runs", "decisions", "tool_calls", "votes"],
  // What has been denied once by a person is no rule. A call that was done by approval or grant has the decisions that would have stopped it.
  sql: (since) => `WITH ${worked}, calls AS (SELECT run, started, approval, unnest(decisions) AS id FROM tool_calls
    WHERE ${after("started", since)} AND part IN (SELECT run FROM worked) AND (approval IS NOT NULL OR grant_id IS NOT NULL) AND outcome = 'ok'),
  stopped AS (SELECT DISTINCT id, action, "class", actor, concat_ws(' ', tool, skill, host, path) AS what FROM decisions WHERE effect IN ('approve', 'deny') AND actor_kind = 'agent'),
  refused AS (SELECT DISTINCT s.actor, s.action, s.what FROM votes v JOIN tool_calls t ON t.approval = v.approval, unnest(t.decisions) AS u(id) JOIN stopped s ON s.id = u.id WHERE v.vote = 'deny')
SELECT actor AS agent, action, "class", what, count(*) AS n, ${runsOf("run", "started")} AS runs, ${lastMs("started")} AS last_ms
FROM calls JOIN stopped USING (id) WHERE (actor, action, what) NOT IN (SELECT (actor, action, what) FROM refused)
GROUP BY 1, 2, 3, 4 HAVING n >= 3 ORDER BY n DESC, last_ms DESC LIMIT ${rowsMax}`,
  sightings: (rows) =>
    read(rows, ([agent, action, riskClass, what, count, runs, last]) => ({
      ...seen("asked-and-allowed", "denied-then-allowed", "policy", action, count, runs, last),
      agent: said(agent),
      text: `${said(action)} ${said(what)} (class ${said(riskClass)})`,
    })),
};

const slowSkills: Question = {
  id: "slow-skills",
  asks: "Which skills come near their time, nine times out of ten below what?",
  columns: ["skill", "digest", "p90_ms", "limit_ms", "n", "runs", "last_ms"],
  views: ["runs"],
  sql: (since) => `WITH ${worked}, calls AS (SELECT f.run, f.ts, ${text("skill", "f.data")} AS skill, ${text("digest", "s.data")} AS digest,
    ${typed("durationMs", "DOUBLE", "f.data")} AS ms, ${typed("limits.timeoutMs", "DOUBLE", "s.data")} AS most
  FROM ${ofKind("skill.finished")} f JOIN ${ofKind("skill.started")} s ON s.run = f.run AND ${text("call", "s.data")} = ${text("call", "f.data")}
  WHERE ${after("f.ts", since)} AND f.run IN (SELECT run FROM worked) AND ${ownUse})
SELECT skill, digest, quantile_cont(ms, 0.9) AS p90_ms, max(most) AS limit_ms, count(*) AS n, ${runsOf()} AS runs, ${lastMs()} AS last_ms
FROM calls GROUP BY skill, digest HAVING n >= 5 AND p90_ms >= 0.8 * limit_ms ORDER BY n DESC, skill LIMIT ${rowsMax}`,
  sightings: (rows) =>
    read(rows, ([skill, digest, , , count, runs, last]) => ({
      ...seen("slow-skills", "slow-skill", "skill", skill, count, runs, last),
      text: "nine of ten calls take four fifths of its time limit or more",
      digest: said(digest),
    })),
};

const costlyAgents: Question = {
  id: "costly-agents",
  asks: "Which agent takes half of what is spent, or more?",
  columns: ["agent", "n", "cost_usd", "share", "runs", "last_ms"],
  views: ["runs", "agent_runs"],
  sql: (
    since,
  ) => `WITH ${worked}, spent AS (SELECT agent, count(*) AS n, sum(cost_usd) AS cost_usd, ${runsOf("run", "started")} AS runs, ${lastMs("started")} AS last_ms
  FROM agent_runs WHERE ${after("started", since)} AND run IN (SELECT run FROM worked) GROUP BY agent)
SELECT agent, n, cost_usd, cost_usd / sum(cost_usd) OVER () AS share, runs, last_ms FROM spent
QUALIFY n >= 3 AND cost_usd >= 1 AND share >= 0.5 AND count(*) OVER () > 1 ORDER BY cost_usd DESC LIMIT ${rowsMax}`,
  sightings: (rows) =>
    read(rows, ([agent, count, cost, , runs, last]) => ({
      ...seen("costly-agents", "costly", "agent", agent, count, runs, last, cost),
      text: "takes half of what all agents spend, or more",
    })),
};

const gatesFailed: Question = {
  id: "gates-failed",
  asks: "Which strategies failed which check of their gate, twice or more?",
  columns: ["strategy", "check_name", "found", "n", "runs", "last_ms"],
  views: ["gates", "gate_checks"],
  sql: (
    since,
  ) => `SELECT c.strategy, check_name, left(arg_max(coalesce(found, ''), ts), 500) AS found, count(*) AS n, ${runsOf("g.run", "ts")} AS runs, ${lastMs()} AS last_ms
FROM gate_checks c JOIN gates g USING (gate) WHERE ${after("ts", since)} AND NOT c.passed AND g.committed
GROUP BY 1, 2 HAVING n >= 2 ORDER BY n DESC, 1, 2 LIMIT ${rowsMax}`,
  sightings: (rows) =>
    read(rows, ([strategy, check, found, count, runs, last]) => ({
      ...seen("gates-failed", "strategy", "strategy", strategy, count, runs, last),
      text: `fails the check ${said(check)}`,
      quote: said(found),
    })),
};

/** In this order they are asked and shown. */
export const questions: readonly Question[] = [
  skillFailures,
  flakySkills,
  toolFailures,
  repeatedCalls,
  limitsReached,
  givenUp,
  rejected,
  novelTasks(worked, after),
  askedAndAllowed,
  slowSkills,
  costlyAgents,
  gatesFailed,
];

function read(rows: readonly (readonly Plain[])[], one: (row: readonly Plain[]) => Sighting): Sighting[] {
  // A name that names nothing of the workspace comes from a record that somebody else shaped; nothing is drafted about it.
  return rows.map(one).filter(({ name, agent }) => isName(name) && (agent === undefined || isName(agent)));
}

function isName(name: string): boolean {
  return /^[a-z0-9][a-z0-9._-]{0,63}$/i.test(name);
}

function said(value: Plain | undefined): string {
  return value === null || value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
}

function seen(
  question: string,
  kind: OpportunityKind,
  subject: Subject,
  name: Plain | undefined,
  count: Plain | undefined,
  runs: Plain | undefined,
  last: Plain | undefined,
  cost: Plain | undefined = 0,
): Omit<Sighting, "text"> {
  return {
    question,
    kind,
    subject,
    name: said(name),
    count: Number(count ?? 0),
    runs: [...new Set((Array.isArray(runs) ? runs : []).map(said))],
    lastMs: Number(last ?? 0),
    costUsd: Number(cost ?? 0),
  };
}
