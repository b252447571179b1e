import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readBarsFile, type BarsFileRead } from "../../src/operations/read-bars-file.ts";
import { runSql } from "../support/duckdb.ts";
import { folder } from "../support/workspace.ts";

const dir = folder();
const dayMs = 86_400_000;
const head = "time,open,high,low,close\n2020-01-01,1,1,1,1\n";
const read = (path: string): Promise<BarsFileRead> => readBarsFile({ path: join(dir, path), timeframeMs: dayMs });

test("attack: a Parquet file of a few kilobytes that holds gigabytes of text is read in little memory", async () => {
  const path = join(dir, "bomb.parquet");
  await runSql(
    ":memory:",
    `COPY (SELECT repeat('x', 1000000) AS time, 1.0 AS open, 1.0 AS high, 1.0 AS low, 1.0 AS close FROM range(4000)) TO '${path}' (FORMAT parquet)`,
  );
  expect(statSync(path).size).toBeLessThan(100_000);
  const before = process.memoryUsage().rss;
  const { problems } = await read("bomb.parquet");
  expect(problems.counts.get("time")).toBe(4000);
  expect(process.memoryUsage().rss - before).toBeLessThan(800_000_000);
});

test("attack: a last line longer than any buffer is no end of the file", async () => {
  writeFileSync(join(dir, "long.csv"), `${head}2020-01-02,${"1".repeat(40_000_000)}`);
  await expect(read("long.csv")).rejects.toMatchObject({
    code: "market/not-a-table",
    message: expect.stringContaining("a last line of more than 1048576 bytes"),
  });
});

test("attack: a name that globs means that one file", async () => {
  writeFileSync(join(dir, "*.csv"), head);
  writeFileSync(join(dir, "other.csv"), `${head}2020-01-02,2,2,2,2\n`);
  expect((await read("*.csv")).bars.length).toBe(1);
  await expect(read("o?her.csv")).rejects.toMatchObject({ code: "market/unreadable" });
  await expect(read("http://127.0.0.1/other.csv")).rejects.toMatchObject({ code: "market/unreadable" });
});
