import { ofKind, text, typed } from "./event-sql.ts";
import type { View } from "./views.ts";

/** What the data sets that an event traded over are of, e.g. BTC/USDT: a copy of a set has another name and, with a bar more, another digest. */
const symbols = text("data[*].symbol", "s.data");
/** Names and digests of the data sets that an event traded over. */
const dataColumns = (from: string): string => `${text("data[*].name", from)} AS data, ${text("data[*].sha256", from)} AS data_digests`;
const metric = (name: string, from: string): string => typed(`metrics.${name}`, "DOUBLE", from);
const sameIn = (member: string): string => `ON s.run = f.run AND ${text(member, "s.data")} = ${text(member, "f.data")}`;

const backtests: View = {
  name: "backtests",
  about: "one row a backtest; outcome is NULL while it runs, or for ever when it was killed",
  columns: [
    ["run", "VARCHAR"],
    ["backtest", "VARCHAR"],
    ["identity", "VARCHAR"],
    ["variant", "VARCHAR"],
    ["strategy", "VARCHAR"],
    ["digest", "VARCHAR"],
    ["commit", "VARCHAR"],
    ["committed", "BOOLEAN"],
    ["data", "VARCHAR[]"],
    ["data_digests", "VARCHAR[]"],
    ["parameters", "JSON"],
    ["settings", "JSON"],
    ["engine", "INTEGER"],
    ["image", "VARCHAR"],
    ["seed", "BIGINT"],
    ["purpose", "VARCHAR"],
    ["decision", "VARCHAR"],
    ["started", "TIMESTAMP"],
    ["outcome", "VARCHAR"],
    ["why", "VARCHAR"],
    ["duration_ms", "DOUBLE"],
    ["bars", "BIGINT"],
    ["orders", "BIGINT"],
    ["trades", "BIGINT"],
    ["ambiguous", "BIGINT"],
    ["total_return", "DOUBLE"],
    ["cagr", "DOUBLE"],
    ["sharpe", "DOUBLE"],
    ["max_drawdown", "DOUBLE"],
    ["profit_factor", "DOUBLE"],
  ],
  sql: `SELECT s.run, ${text("backtest", "s.data")} AS backtest, ${text("identity", "s.data")} AS identity, ${text("variant", "s.data")} AS variant,
    ${text("strategy", "s.data")} AS strategy, ${text("digest", "s.data")} AS digest, ${text("commit", "s.data")} AS "commit",
    ${typed("committed", "BOOLEAN", "s.data")} AS committed, ${dataColumns("s.data")}, s.data->'$.parameters' AS parameters, s.data->'$.settings' AS settings,
    ${typed("engine", "INTEGER", "s.data")} AS engine, ${text("image", "s.data")} AS image, ${typed("seed", "BIGINT", "s.data")} AS seed,
    ${text("purpose", "s.data")} AS purpose, ${text("decision", "s.data")} AS decision, s.ts AS started, ${text("outcome", "f.data")} AS outcome,
    ${text("why", "f.data")} AS why, ${typed("durationMs", "DOUBLE", "f.data")} AS duration_ms, ${typed("bars", "BIGINT", "f.data")} AS bars,
    ${typed("orders", "BIGINT", "f.data")} AS orders, ${typed("trades", "BIGINT", "f.data")} AS trades, ${typed("ambiguous", "BIGINT", "f.data")} AS ambiguous,
    ${metric("totalReturn", "f.data")} AS total_return, ${metric("cagr", "f.data")} AS cagr, ${metric("sharpe", "f.data")} AS sharpe,
    ${metric("maxDrawdown", "f.data")} AS max_drawdown, ${metric("profitFactor", "f.data")} AS profit_factor
  FROM ${ofKind("backtest.started")} s LEFT JOIN ${ofKind("backtest.finished")} f ${sameIn("backtest")}`,
};

const metrics: View = {
  name: "metrics",
  about: "one row a metric of a backtest; a value that is undefined is NULL",
  columns: [
    ["backtest", "VARCHAR"],
    ["identity", "VARCHAR"],
    ["metric", "VARCHAR"],
    ["value", "DOUBLE"],
  ],
  sql: `SELECT backtest, identity, entry.key AS metric, entry.value AS value
  FROM (SELECT ${text("backtest", "f.data")} AS backtest, ${text("identity", "s.data")} AS identity,
      unnest(map_entries(TRY_CAST(f.data->'$.metrics' AS MAP(VARCHAR, DOUBLE)))) AS entry
    FROM ${ofKind("backtest.finished")} f JOIN ${ofKind("backtest.started")} s ${sameIn("backtest")})`,
};

const experiments: View = {
  name: "experiments",
  about: "one row a run of an experiment; one that was resumed has a row for each",
  columns: [
    ["run", "VARCHAR"],
    ["experiment", "VARCHAR"],
    ["resumes", "VARCHAR"],
    ["strategy", "VARCHAR"],
    ["digest", "VARCHAR"],
    ["data", "VARCHAR[]"],
    ["data_digests", "VARCHAR[]"],
    ["search", "JSON"],
    ["planned", "BIGINT"],
    ["seed", "BIGINT"],
    ["started", "TIMESTAMP"],
    ["outcome", "VARCHAR"],
    ["trials", "BIGINT"],
    ["duration_ms", "DOUBLE"],
    ["best", "JSON"],
    ["report", "JSON"],
  ],
  sql: `SELECT s.run, ${text("experiment", "s.data")} AS experiment, ${text("resumes", "s.data")} AS resumes, ${text("strategy", "s.data")} AS strategy,
    ${text("digest", "s.data")} AS digest, ${dataColumns("s.data")}, s.data->'$.search' AS search, ${typed("trials", "BIGINT", "s.data")} AS planned,
    ${typed("seed", "BIGINT", "s.data")} AS seed, s.ts AS started, ${text("outcome", "f.data")} AS outcome, ${typed("trials", "BIGINT", "f.data")} AS trials,
    ${typed("durationMs", "DOUBLE", "f.data")} AS duration_ms, f.data->'$.best' AS best, f.data->'$.report' AS report
  FROM ${ofKind("experiment.started")} s LEFT JOIN ${ofKind("experiment.finished")} f ${sameIn("experiment")}`,
};

const trials: View = {
  name: "trials",
  about:
    "one row a variant that was tried on a window: the trials of experiments, and backtests by themselves (experiment is NULL); not what the gate ran to judge",
  columns: [
    ["run", "VARCHAR"],
    ["experiment", "VARCHAR"],
    ["trial", "BIGINT"],
    ["backtest", "VARCHAR"],
    ["strategy", "VARCHAR"],
    ["digest", "VARCHAR"],
    ["variant", "VARCHAR"],
    ["data", "VARCHAR[]"],
    ["data_digests", "VARCHAR[]"],
    ["symbols", "VARCHAR[]"],
    ["parameters", "JSON"],
    ["window_name", "VARCHAR"],
    ["outcome", "VARCHAR"],
    ["score", "DOUBLE"],
    ["sharpe", "DOUBLE"],
    ["trades", "BIGINT"],
    ["metrics", "JSON"],
  ],
  // Joined before the lists are taken apart: the other way round DuckDB keeps a copy of the whole list with each of its trials. Joined by run alone, which
  // has one experiment: each look into these long records parses two thousand of them at once, and takes as much memory again.
  sql: `SELECT run, experiment, ${typed("trial", "BIGINT", "trial")} AS trial, NULL::VARCHAR AS backtest, strategy, digest,
    ${text("variant", "trial")} AS variant, data, data_digests, symbols, trial->'$.parameters' AS parameters, ${text("window", "trial")} AS window_name,
    ${text("outcome", "trial")} AS outcome, ${typed("score", "DOUBLE", "trial")} AS score, ${metric("sharpe", "trial")} AS sharpe,
    ${typed("metrics.trades", "BIGINT", "trial")} AS trades, trial->'$.metrics' AS metrics
  FROM (SELECT * EXCLUDE (trials), unnest(trials) AS trial FROM (
    SELECT t.run, coalesce(${text("experiment", "s.data")}, ${text("experiment", "t.data")}) AS experiment, ${text("strategy", "s.data")} AS strategy, ${text("digest", "s.data")} AS digest,
      ${dataColumns("s.data")}, ${symbols} AS symbols, t.data->'$.trials[*]' AS trials
    FROM ${ofKind("trials.recorded")} t
      LEFT JOIN ${ofKind("experiment.started")} s ON t.run = s.run))
  UNION ALL
  SELECT s.run, NULL, NULL, ${text("backtest", "s.data")}, ${text("strategy", "s.data")}, ${text("digest", "s.data")}, ${text("variant", "s.data")},
    ${text("data[*].name", "s.data")}, ${text("data[*].sha256", "s.data")}, ${symbols}, s.data->'$.parameters', 'all', ${text("outcome", "f.data")}, NULL,
    ${metric("sharpe", "f.data")}, ${typed("trades", "BIGINT", "f.data")}, f.data->'$.metrics'
  FROM ${ofKind("backtest.started")} s LEFT JOIN ${ofKind("backtest.finished")} f ${sameIn("backtest")}
  WHERE coalesce(${text("purpose", "s.data")}, '') NOT LIKE 'gate %'`,
};

const gates: View = {
  name: "gates",
  about: "one row a judgement of the gate",
  columns: [
    ["run", "VARCHAR"],
    ["gate", "VARCHAR"],
    ["ts", "TIMESTAMP"],
    ["strategy", "VARCHAR"],
    ["digest", "VARCHAR"],
    ["commit", "VARCHAR"],
    ["committed", "BOOLEAN"],
    ["data", "VARCHAR[]"],
    ["data_digests", "VARCHAR[]"],
    ["parameters", "JSON"],
    ["passed", "BOOLEAN"],
    ["failed", "VARCHAR[]"],
    ["trials", "BIGINT"],
    ["duration_ms", "DOUBLE"],
  ],
  sql: `SELECT run, ${text("gate")} AS gate, ts, ${text("strategy")} AS strategy, ${text("digest")} AS digest, ${text("commit")} AS "commit",
    ${typed("committed", "BOOLEAN")} AS committed, ${dataColumns("data")}, data->'$.parameters' AS parameters, ${typed("passed", "BOOLEAN")} AS passed,
    -- In a list function an arrow would be read as a lambda.
    list_transform(list_filter(json_extract(data, '$.checks[*]'), lambda c: json_extract_string(c, '$.passed') = 'false'),
      lambda c: json_extract_string(c, '$.check')) AS failed,
    ${typed("trials", "BIGINT")} AS trials, ${typed("durationMs", "DOUBLE")} AS duration_ms
  FROM ${ofKind("gate.finished")}`,
};

const gateChecks: View = {
  name: "gate_checks",
  about: "one row a check of a judgement",
  columns: [
    ["gate", "VARCHAR"],
    ["strategy", "VARCHAR"],
    ["check_name", "VARCHAR"],
    ["passed", "BOOLEAN"],
    ["figure", "DOUBLE"],
    ["relation", "VARCHAR"],
    ["threshold", "DOUBLE"],
    ["unit", "VARCHAR"],
    ["found", "VARCHAR"],
    ["meaning", "VARCHAR"],
  ],
  sql: `SELECT gate, strategy, ${text("check", "c")} AS check_name, ${typed("passed", "BOOLEAN", "c")} AS passed, ${typed("figure", "DOUBLE", "c")} AS figure,
    ${text("relation", "c")} AS relation, ${typed("threshold", "DOUBLE", "c")} AS threshold, ${text("unit", "c")} AS unit, ${text("found", "c")} AS found,
    ${text("meaning", "c")} AS meaning
  FROM (SELECT ${text("gate")} AS gate, ${text("strategy")} AS strategy, unnest(data->'$.checks[*]') AS c FROM ${ofKind("gate.finished")})`,
};

export const tradingViews: readonly View[] = [backtests, metrics, experiments, trials, gates, gateChecks];
