import { execFileSync } from "node:child_process";
import { lstatSync, readFileSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { backtestStrategy } from "../../src/operations/backtest-strategy.ts";
import { reportBacktest, type Report } from "../../src/operations/report-backtest.ts";
import { resultPath } from "../../src/trace/result-lake.ts";
import { runSql } from "../support/duckdb.ts";
import { strategyWorkspace } from "../support/strategies.ts";

const { dir } = strategyWorkspace();
const stateDir = join(dir, ".git/agentctl");
let id: string;
beforeAll(async () => {
  id = (await backtestStrategy({ cwd: dir, env: {}, name: "sma-cross", parameters: {} })).backtest!.backtest;
});
const report = (more: { out?: string; force?: boolean } = {}): Promise<Report> => reportBacktest({ cwd: dir, env: {}, id, ...more });

/** Runs `work` while a Parquet file is what this SELECT makes of it. */
async function edited(path: string, select: string, work: () => Promise<void>): Promise<void> {
  renameSync(path, `${path}.true`);
  try {
    await runSql(":memory:", `COPY (SELECT ${select} FROM read_parquet('${path}.true')) TO '${path}' (FORMAT parquet)`);
    await work();
  } finally {
    renameSync(`${path}.true`, path);
  }
}

describe("attack: what the lake holds was edited by hand", () => {
  test.each([
    ["equity", "* REPLACE (equity * 3 AS equity)"],
    ["trades", "* REPLACE (profit + 1 AS profit)"],
    ["orders", "* REPLACE ('other' AS tag)"],
  ] as const)("%s of a backtest: no picture is made of them", async (table, select) => {
    await edited(resultPath(stateDir, table, id), select, () =>
      expect(report()).rejects.toMatchObject({
        code: "backtest/other-rows",
        exit: "verification",
        message: `the ${table} of ${id} in the lake are not those on record`,
      }),
    );
  });

  test("the bars it traded", async () => {
    const bars = join(stateDir, "lake/bars/sp500-daily", `${/^sha256: (\w+)/m.exec(readFileSync(join(dir, "data/sp500-daily.yaml"), "utf8"))![1]}.parquet`);
    await edited(bars, "* REPLACE (close * 2 AS close)", () => expect(report()).rejects.toMatchObject({ code: "market/other-bars", exit: "verification" }));
    expect((await report({ out: "whole.html" })).bytes).toBeGreaterThan(10_000);
  });
});

describe("attack: --out is something that must stay", () => {
  test("a pipe or a link is not replaced, whatever is forced", async () => {
    execFileSync("mkfifo", [join(dir, "pipe")]);
    symlinkSync("/dev/stdout", join(dir, "link"));
    for (const out of ["pipe", "link", ".", "/dev/null"]) {
      await expect(report({ out })).rejects.toMatchObject({ code: "backtest/report-exists", hint: "give --out another file" });
      await expect(report({ out, force: true })).rejects.toMatchObject({ code: "backtest/report-exists" });
    }
    expect([lstatSync(join(dir, "pipe")).isFIFO(), lstatSync(join(dir, "link")).isSymbolicLink(), lstatSync("/dev/null").isCharacterDevice()]).toEqual([
      true,
      true,
      true,
    ]);
  });
});
