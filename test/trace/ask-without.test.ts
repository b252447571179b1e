import { expect, test } from "vitest";
import { ask } from "../../src/trace/ask.ts";
import { allViews } from "../../src/trace/duckdb.ts";
import { recordState } from "../support/record.ts";

test("of runs that are left out no view shows a row, of any of their parts; names that only begin alike stay", async () => {
  const { stateDir, whole } = recordState();
  for (const run of ["r-aaa", "r-aaa-2", "r-aaa-13", "r-aaab", "r-bbb", "r-ccc"]) await whole(run);
  const runs = async (sql: string, without: string[]): Promise<unknown[]> => (await ask(stateDir, sql, { without })).rows.flat();
  const sql = "SELECT DISTINCT run FROM events ORDER BY run";
  expect(await runs(sql, [])).toEqual(["r-aaa", "r-aaa-13", "r-aaa-2", "r-aaab", "r-bbb", "r-ccc"]);
  expect(await runs(sql, ["r-aaa"])).toEqual(["r-aaab", "r-bbb", "r-ccc"]);
  expect(await runs(sql, ["r-aaa", "r-bbb", "r-ccc"])).toEqual(["r-aaab"]);
  expect(await runs("SELECT run FROM runs ORDER BY run", ["r-aaa", "r-bbb"])).toEqual(["r-aaab", "r-ccc"]);
});

test("every view binds without them, and none reads journals beside the view of events", async () => {
  const { stateDir, whole } = recordState();
  await whole("r-aaa");
  for (const { name, sql } of allViews(stateDir, ["r-aaa"])) {
    if (name === "events") expect(sql).toContain("NOT IN ('r-aaa')");
    else expect(sql, name).not.toMatch(/read_ndjson|events\/\*/);
    const { rows } = await ask(stateDir, `SELECT count(*) FROM ${name}`, { without: ["r-aaa"] });
    expect({ name, rows }).toEqual({ name, rows: [[0]] });
  }
});
