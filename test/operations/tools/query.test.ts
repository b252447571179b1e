import { describe, expect, test } from "vitest";
import { queryRecord } from "../../../src/operations/query-record.ts";
import { replyBytesMax } from "../../../src/operations/tools/foreign-text.ts";
import { query } from "../../../src/operations/tools/query.ts";
import type { ToolResult } from "../../../src/operations/tools/tool.ts";
import { recordedRun } from "../../support/recorded-run.ts";
import { shipped } from "../../support/skills.ts";
import { workspace } from "../../support/workspace.ts";
import { called, inContext, type ContextOptions } from "./in-context.ts";

const { dir } = workspace({ "agentctl.yaml": "profile: small\nquery:\n  rowsMax: 400\n", ...shipped("policies") });
// The first run of a workspace arms it.
await inContext(dir, {}, () => Promise.resolve());
await recordedRun(dir);

const ask = async (sql: string, more: Record<string, unknown> = {}, options: ContextOptions = {}): Promise<ToolResult> =>
  (await called(dir, query, { sql, ...more }, options)).result!;

describe("what is answered", () => {
  test("a compact table, and how many rows there are", async () => {
    const { outcome, text, data } = await ask("SELECT skill, outcome, exit_code FROM skill_runs UNION ALL SELECT 'b', NULL, 1 ORDER BY 1");
    expect({ outcome, text }).toEqual({ outcome: "ok", text: "| skill | outcome | exit_code |\n| b |  | 1 |\n1 row" });
    expect(data).toEqual({
      columns: [
        { name: "skill", type: "VARCHAR" },
        { name: "outcome", type: "VARCHAR" },
        { name: "exit_code", type: "INTEGER" },
      ],
      rows: [["b", null, 1]],
      truncated: false,
    });
  });

  test("policy is asked as query.run with the SQL", async () => {
    const { decisions } = await called(dir, query, { sql: "SELECT 1" }, { agent: { level: 1 } });
    expect(decisions).toMatchObject([
      { effect: "allow", rules: ["autonomy/agents-may-read"], request: { action: "query.run", class: "R", args: { sql: "SELECT 1" } } },
    ]);
  });

  test("no more rows than were asked for, than fit, or than the configuration has", async () => {
    const many = "SELECT i FROM range(5000) t(i)";
    expect((await ask(many)).text).toMatch(/\n\| 49 \|\n50 rows; there are more: aggregate/);
    expect((await ask(many, { rows: 3 })).text).toContain("3 rows; there are more");
    expect((await ask(many, { rows: 1000 })).text).toContain("400 rows; there are more");
    const wide = await ask("SELECT repeat_text AS a, repeat_text AS b FROM (SELECT string_agg('é', '') AS repeat_text FROM range(190)) CROSS JOIN range(300)", {
      rows: 300,
    });
    expect(Buffer.byteLength(wide.text)).toBeLessThanOrEqual(replyBytesMax);
    expect(wide.text).toMatch(/300 rows; the first \d+ of them are shown/);
    expect(wide.data).toMatchObject({ truncated: true });
  });

  test("what a cell says cannot pass for a line of ours, nor hide", async () => {
    const { text } = await ask("SELECT 'x' || chr(10) || '1 row' || chr(8238) || ' |' AS a, {'b': 'c' || chr(10)} AS d");
    expect(text).toBe('| a | d |\n| x«U+000A»1 row«U+202E» | | {"b":"c\\n"} |\n1 row');
    const long = await ask("SELECT string_agg('x', '') AS a, 1 AS b FROM range(5000)");
    expect(long.text).toContain(`| ${"x".repeat(200)}… | 1 |`);
  });

  test("the same as `agentctl query` answers: a secret that became known since is masked", async () => {
    const secret = "very-secret-word-4711";
    const sql = "SELECT 'very-secret-' || 'word-4711' AS a";
    const env = { SOME_TOKEN: secret };
    const { text } = await ask(sql, {}, { env });
    expect(text).not.toContain(secret);
    expect(text).toContain((await queryRecord({ cwd: dir, env, sql })).rows[0]![0] as string);
  });
});

describe("what is refused teaches", () => {
  test.each([
    ["SELECT * FROM decision", "did you mean decisions?", /views: events, runs, decisions/],
    ["SELECT * FROM nothing_like_it", "no such name", /views: /],
    ["SELECT skil FROM skill_runs", "did you mean skill?", /skill_runs: run VARCHAR, call VARCHAR, skill VARCHAR/],
    ["SELECT s.outcom FROM skill_runs s", "did you mean outcome?", /skill_runs: run VARCHAR/],
  ])("%s: %s", async (sql, near, rest) => {
    const { outcome, text } = await ask(sql);
    expect(outcome).toBe("failed");
    expect(text.split("\n")).toContain(near);
    expect(text).toMatch(rest);
    expect(Buffer.byteLength(text)).toBeLessThan(replyBytesMax);
  });

  test.each([
    ["DROP VIEW runs", "only SELECT may be asked"],
    ["SELECT 1; SELECT 2", "there are 2 statements"],
    ["SELECT * FROM read_text('/etc/passwd')", "may not be called"],
    ["SELECT * FROM read_csv('/etc/passwd')", "may not be called"],
    ["SELECT * FROM '/etc/passwd'", ""],
    ["COPY (SELECT 1) TO '/tmp/x'", "only SELECT"],
    ["SELECT getenv('HOME')", ""],
    ["ATTACH '/tmp/x.db'", "only SELECT"],
    ["selec 1", "syntax error"],
  ])("%s", async (sql, why) => {
    const { outcome, text } = await ask(sql);
    expect(outcome).toBe("failed");
    expect(text).toContain(why);
    expect(text).not.toContain("root:");
  });

  test("a query without end is stopped by its time", async () => {
    const at = workspace({ "agentctl.yaml": "profile: small\nquery:\n  timeoutMs: 300\n", ...shipped("policies") });
    const { result } = await called(at.dir, query, { sql: "SELECT count(*) FROM range(100000000) a, range(100000) b" });
    expect(result).toMatchObject({ outcome: "timeout", text: expect.stringContaining("300 ms") });
  });

  test("and by the signal, at once", async () => {
    const stop = new AbortController();
    const reason = new Error("halted");
    const asked = inContext(dir, { signal: stop.signal }, async (context) => {
      setTimeout(() => stop.abort(reason), 300);
      const startedMs = performance.now();
      await expect(query.run({ sql: "SELECT count(*) FROM range(3000000000) a WHERE a.range % 7 = 8" }, context)).rejects.toBe(reason);
      return performance.now() - startedMs;
    });
    expect(await asked).toBeLessThan(3_000);
  });
});
