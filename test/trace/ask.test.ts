import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { ask, askRaw } from "../../src/trace/ask.ts";
import { allViews, ensureDatabase } from "../../src/trace/duckdb.ts";
import { exportParquet } from "../../src/trace/export-parquet.ts";
import { recordState, skillFinished, started } from "../support/record.ts";
import { folder } from "../support/workspace.ts";
import { runSql } from "../support/duckdb.ts";

let stateDir: string;

beforeAll(async () => {
  // A folder's name may hold what SQL and globs read otherwise.
  const state = recordState({ stateDir: join(folder(), "run=r-forged", "it's [a] state*") });
  stateDir = state.stateDir;
  const journal = state.begin("r-one");
  await journal.append("run.started", started);
  await journal.append("decision.made", {
    id: "d-1",
    effect: "deny",
    rules: ["autonomy/level-2-has-no-shell", "baseline/none"],
    reason: "level 2 has no shell",
    policy: { commit: "b".repeat(40), digest: "c" },
    request: { action: "tool.call", class: "W", actor: { kind: "agent", name: "quant" }, tool: "shell", path: "notes.md", host: "example.org" },
  });
  await journal.append("skill.started", {
    call: "c-1",
    skill: "market-stats",
    version: "1.2.0",
    digest: "e".repeat(64),
    trust: "own",
    decision: "d-1",
    runner: "python",
    image: "sha256:9",
    command: ["python3", "main.py"],
    input: {},
    limits: {},
  });
  await journal.append("skill.finished", {
    ...skillFinished,
    artifacts: [{ path: "a.png", sha256: "d".repeat(64), bytes: 7 }],
    output: { text: "x".repeat(20_000) },
  });
  await journal.append("budget.reserved", { reservation: "b-1", amounts: { tokens: 10, costUsd: 0.5 }, granted: false, limit: "month.costUsd" });
  await journal.append("halt.set", { by: "ada", reason: "odd orders", runsStopped: 1, containersKilled: 2, durationMs: 40.5 });
  await journal.append("run.finished", { outcome: "halted", durationMs: 1234.5, error: "ledger/halted" });
  journal.close();
  const live = state.begin("r-two");
  await live.append("run.started", { ...started, command: "run start" });
  // What a crash leaves: it must not break anybody's question.
  appendFileSync(live.path, '{"data":{"torn');
});

const rows = async (sql: string): Promise<unknown> => (await ask(stateDir, sql)).rows;

test("every view has the columns it says", async () => {
  for (const view of allViews(stateDir)) {
    const { columns } = await ask(stateDir, `SELECT * FROM ${view.name}`);
    expect({ view: view.name, columns: columns.map(({ name, type }) => [name, type]) }).toEqual({ view: view.name, columns: view.columns });
  }
});

test("the page of the views lists them and their columns", () => {
  const page = readFileSync(new URL("../../src/trace/views.md", import.meta.url), "utf8");
  for (const { name, columns } of allViews("/")) expect(page).toContain(`| \`${name}\` | ${columns.map(([column]) => column).join(", ")} |`);
});

test("the hot fields are columns", async () => {
  expect(await rows("SELECT run, command, actor_kind, actor, started, finished, outcome, duration_ms, events, error FROM runs ORDER BY run")).toEqual([
    ["r-one", "skill run market-stats", "person", "ada", "2026-11-21 12:00:01", "2026-11-21 12:00:07", "halted", 1234.5, 7, "ledger/halted"],
    ["r-two", "run start", "person", "ada", "2026-11-21 12:00:08", null, null, null, 1, null],
  ]);
  expect(await rows("SELECT id, action, class, effect, rules, reason, actor, tool, skill, path, host FROM decisions")).toEqual([
    [
      "d-1",
      "tool.call",
      "W",
      "deny",
      ["autonomy/level-2-has-no-shell", "baseline/none"],
      "level 2 has no shell",
      "quant",
      "shell",
      null,
      "notes.md",
      "example.org",
    ],
  ]);
  expect(await rows("SELECT call, skill, version, trust, runner, outcome, exit_code, oom_killed, duration_ms FROM skill_runs")).toEqual([
    ["c-1", "market-stats", "1.2.0", "own", "python", "ok", 0, false, 412.5],
  ]);
  expect(await rows("SELECT run, call, path, bytes FROM artifacts")).toEqual([["r-one", "c-1", "a.png", 7]]);
  expect(await rows("SELECT event, granted, limit_name, tokens, cost_usd, files FROM budgets")).toEqual([["reserved", false, "month.costUsd", 10, 0.5, null]]);
  expect(await rows("SELECT event, who, runs_stopped, containers_killed, duration_ms FROM halts")).toEqual([["set", "ada", 1, 2, 40.5]]);
  expect(await rows("SELECT data->'$.output.text.bytes' FROM events WHERE kind = 'skill.finished'")).toEqual([[20_002]]);
});

test("values come as JSON can hold them", async () => {
  const sql = `SELECT 1::BIGINT, 9007199254740993::BIGINT, 170141183460469231731687303715884105727::HUGEINT, 1.50::DECIMAL(9, 2), 'nan'::DOUBLE,
    TIMESTAMP '2026-01-02 03:04:05.678', DATE '2026-01-02', [1, NULL, 3]::BIGINT[], {'a': 1, 'b': ['x']}, MAP {'k': 2}, MAP {1: 2}, '\\xAA'::BLOB,
    INTERVAL 1 DAY, union_value(n := 3), '{"x": [1]}'::JSON, true, NULL, [1, 2]::INTEGER[2]`;
  expect(await rows(sql)).toEqual([
    [1, "9007199254740993", "170141183460469231731687303715884105727", "1.50", "NaN", "2026-01-02 03:04:05.678", "2026-01-02", [1, null, 3]].concat([
      { a: 1, b: ["x"] },
      { k: 2 },
      [[1, 2]],
      "\\xAA",
      "1 day",
      { n: 3 },
      { x: [1] },
      true,
      null,
      [1, 2],
    ] as never[]),
  ]);
});

describe("the SQL of a user reads the record and nothing else", () => {
  const usage = { exit: "usage" };
  test.each([
    "COPY (SELECT 1) TO 'out.csv'",
    "COPY runs TO '/tmp/agentctl-out.csv'",
    "ATTACH '/tmp/agentctl-x.db'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET threads = 8",
    "SET memory_limit = '90GB'",
    "RESET ALL",
    "PRAGMA threads = 8",
    "PRAGMA database_list",
    "PRAGMA import_database('/tmp')",
    "EXPORT DATABASE '/tmp/agentctl-x'",
    "CREATE TABLE t AS SELECT 1",
    "CREATE TEMP MACRO m() AS 1",
    "DROP VIEW runs",
    "DETACH memory",
    "USE memory",
    "BEGIN",
    "CALL pragma_version()",
    "CHECKPOINT",
    "EXPLAIN ANALYZE SELECT 1",
    "PREPARE p AS SELECT 1",
    "SELECT 1; SELECT 2",
    "SELECT 1; COPY runs TO '/tmp/agentctl-x.csv'",
    "WITH x AS (INSERT INTO runs VALUES (1)) SELECT * FROM x",
    "",
    "-- nothing",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/proc/self/environ')",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('runs')",
    "SELECT * FROM enable_logging('QueryLog', storage = 'file')",
    'SELECT * FROM "ENABLE_LOGGING"()',
    "SELECT * FROM system.main.enable_logging()",
    "WITH x AS (FROM enable_logging()) SELECT * FROM x",
    "SELECT (SELECT count(*) FROM enable_profiling())",
    "SELECT * FROM runs, LATERAL (SELECT * FROM truncate_duckdb_logs())",
    "SELECT 1 WHERE EXISTS (FROM checkpoint())",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    "SELECT * FROM start_ui()",
    "FROM '/etc/passwd'",
    "FROM '/etc/ssl/openssl.cnf.csv'",
    "FROM 'http://127.0.0.1:1/x.csv'",
    "FROM 's3://bucket/x.parquet'",
    "SELECT getenv('HOME')",
    "SELECT nextval('s')",
    "SELECT $1",
  ])("%s", async (sql) => {
    const before = {
      state: readdirSync(stateDir, { recursive: true }),
      tmp: readdirSync("/tmp").filter((name) => name.startsWith("agentctl-x") || name.startsWith("agentctl-out")),
    };
    await expect(ask(stateDir, sql)).rejects.toMatchObject(usage);
    expect({
      state: readdirSync(stateDir, { recursive: true }),
      tmp: readdirSync("/tmp").filter((name) => name.startsWith("agentctl-x") || name.startsWith("agentctl-out")),
    }).toEqual(before);
  });

  test("a file beside the journals is out of reach, by links and by dots too", async () => {
    writeFileSync(join(stateDir, "secret.csv"), "a,b\n1,2\n");
    symlinkSync(join(stateDir, "secret.csv"), join(stateDir, "journal/link.csv"));
    for (const path of ["secret.csv", "journal/link.csv", "journal/*.csv", "journal/../secret.csv"]) {
      const sql = `FROM '${join(stateDir, path).replaceAll("'", "''")}'`;
      await expect(ask(stateDir, sql)).rejects.toMatchObject({ exit: "usage" });
    }
    // The same refusals where no glob hides them: by configuration, not by luck.
    const plain = join(folder(), "state");
    mkdirSync(join(plain, "journal"), { recursive: true });
    writeFileSync(join(plain, "secret.csv"), "a,b\n1,2\n");
    symlinkSync(join(plain, "secret.csv"), join(plain, "journal/link.csv"));
    for (const path of ["secret.csv", "journal/link.csv", "journal/../secret.csv"]) {
      await expect(ask(plain, `FROM '${join(plain, "x").slice(0, -1)}${path}'`)).rejects.toMatchObject({ code: "trace/query-refused" });
    }
    writeFileSync(join(plain, "journal/own.csv"), "a,b\n1,2\n");
    expect((await ask(plain, `FROM '${plain}/journal/own.csv'`)).rows).toEqual([[1, 2]]);
  });

  test("what only computes is welcome", async () => {
    expect(await rows("SELECT sum(i)::INTEGER FROM range(10) t(i)")).toEqual([[45]]);
    expect(await rows("SELECT unnest([1, 2]) AS n")).toEqual([[1], [2]]);
    expect(await rows("SELECT value FROM json_each('[7]')")).toEqual([[7]]);
    expect(((await rows("DESCRIBE halts")) as unknown[]).length).toBe(8);
    expect(await rows("SHOW TABLES")).toContainEqual(["decisions"]);
  });
});

test("a wrong name is answered with the nearest ones", async () => {
  await expect(ask(stateDir, "SELECT * FROM runz")).rejects.toMatchObject({
    code: "trace/bad-query",
    exit: "usage",
    message: expect.stringContaining('Did you mean "runs"?') as string,
  });
  await expect(ask(stateDir, "SELECT comand FROM runs")).rejects.toMatchObject({ message: expect.stringContaining('Candidate bindings: "command"') as string });
  await expect(ask(stateDir, "SELEC 1")).rejects.toMatchObject({ code: "trace/bad-query", message: expect.stringContaining('near "SELEC"') as string });
});

test("time, memory and rows are bounded", async () => {
  await expect(
    ask(stateDir, "SELECT count(*) FROM range(10000000000) a, range(100000) b WHERE a.range + b.range = -1", { timeoutMs: 200 }),
  ).rejects.toMatchObject({
    code: "trace/query-timeout",
    exit: "timeout",
  });
  for (const value of [
    "list_aggregate(range(300000000), 'sum')",
    "length(repeat('x', 1000000000))",
    "[x FOR x IN generate_series(1, 300000000)]",
    "lpad('x', 1000000000, 'y')",
  ]) {
    await expect(ask(stateDir, `SELECT count(*) FROM runs WHERE (SELECT ${value}) IS NULL`)).rejects.toMatchObject({ code: "trace/query-refused" });
    await expect(ask(stateDir, `SELECT count(*) FROM range(length(${value}::VARCHAR))`)).rejects.toMatchObject({ code: "trace/query-refused" });
  }
  await expect(ask(stateDir, "SELECT list(i) FROM range(1000000000) t(i)", { memoryMiB: 64 })).rejects.toMatchObject({ code: "trace/query-memory" });
  const cut = await ask(stateDir, "FROM range(5000)", { rowsMax: 2500 });
  expect({ rows: cut.rows.length, last: cut.rows.at(-1), truncated: cut.truncated }).toEqual({ rows: 2500, last: [2499], truncated: true });
  expect((await ask(stateDir, "FROM range(2500)", { rowsMax: 2500 })).truncated).toBe(false);
});

test("questions may be asked at the same time", async () => {
  const answers = await Promise.all(Array.from({ length: 4 }, (_, n) => ask(stateDir, `SELECT ${n}, count(*) FROM runs`)));
  expect(answers.map((answer) => answer.rows)).toEqual([0, 1, 2, 3].map((n) => [[n, 2]]));
});

test("another DuckDB client opens the file read-only and sees fresh rows", async () => {
  const state = recordState();
  const { path, written } = await ensureDatabase(state.stateDir);
  expect(written).toBe(true);
  await state.whole("r-one");
  expect(await runSql(path, "SELECT run, outcome, events FROM runs")).toEqual([["r-one", "ok", "6"]]);
  await state.whole("r-two");
  expect(await runSql(path, "SELECT count(*) FROM runs")).toEqual([["2"]]);
  expect(await ensureDatabase(state.stateDir)).toEqual({ path, written: false });
});

test("when the repository has moved, the file is made again", async () => {
  const old = join(folder(), "old");
  const state = recordState({ stateDir: old });
  await ensureDatabase(old);
  await state.whole("r-one");
  state.ledger.close();
  const moved = join(folder(), "new");
  renameSync(old, moved);
  const { path, written } = await ensureDatabase(moved);
  expect(written).toBe(true);
  expect(await runSql(path, "SELECT run FROM runs")).toEqual([["r-one"]]);
  expect(readdirSync(moved).filter((name) => name.startsWith("."))).toEqual([]);
});

test("an answer becomes Parquet with its types", async () => {
  const path = join(folder(), "out.parquet");
  const sql = `SELECT 1::BIGINT AS "a b", [1, 2] AS l, {'x': 'y'} AS s, TIMESTAMP '2026-01-02' AS t, '{"k":1}'::JSON AS j, NULL::DOUBLE AS n, 1.5::DECIMAL(9, 2) AS d
    UNION ALL SELECT i, [i::INTEGER], {'x': i::VARCHAR}, NULL, NULL, i, i FROM range(3000) r(i)`;
  await exportParquet(await askRaw(stateDir, sql), path);
  expect(await runSql(":memory:", `SELECT count(*), sum("a b"), max(s.x), typeof(any_value(l)), typeof(any_value(d)), count(t) FROM '${path}'`)).toEqual([
    ["3001", "4498501", "y", "INTEGER[]", "DECIMAL(21,2)", "1"],
  ]);
  expect(existsSync(path)).toBe(true);
});
