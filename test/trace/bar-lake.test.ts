import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { barsDigest } from "../../src/market/digest.ts";
import type { Bars } from "../../src/strategy/bars.ts";
import { hasBars, readBars, sweepBars, writeBars } from "../../src/trace/bar-lake.ts";
import { runSql } from "../support/duckdb.ts";
import { barsFrom, healthyBars, minuteMs, sameBars } from "../support/market-bars.ts";
import { folder } from "../support/workspace.ts";

let stateDir: string;
beforeEach(() => {
  stateDir = join(folder(), "a [state] folder");
});

const bars = (close: number, length = 3): Bars => barsFrom(Array.from({ length }, (_, at) => [at * minuteMs, 1, 9, 1, close, at === 1 ? Number.NaN : 5]));
const keep = async (made: Bars): Promise<string> => {
  const sha256 = barsDigest(made);
  await writeBars(stateDir, "btc", { sha256 }, made);
  return sha256;
};
const files = (): string[] => readdirSync(join(stateDir, "lake/bars/btc"), { recursive: true }).map(String).toSorted();

describe("bars in the lake", () => {
  test("come back bit for bit, in memory that threads share", async () => {
    await fc.assert(
      fc.asyncProperty(healthyBars(), async (made) => {
        const back = await readBars(stateDir, "btc", await keep(made));
        expect(back !== undefined && sameBars(back, made)).toBe(true);
        expect(back!.close.buffer).toBeInstanceOf(SharedArrayBuffer);
      }),
      { numRuns: 8 },
    );
  });

  test("beyond one chunk and one row group", async () => {
    const made = barsFrom(Array.from({ length: 150_000 }, (_, at) => [at * minuteMs, at + 0.1, at + 2, at + 0.01, at + 1, at % 7 === 0 ? Number.NaN : at]));
    expect(sameBars((await readBars(stateDir, "btc", await keep(made)))!, made)).toBe(true);
  });

  test("whose prices are written as text are refused, while the rest of the file is still on its way", async () => {
    const sha256 = await keep(bars(2));
    const path = join(stateDir, "lake/bars/btc", `${sha256}.parquet`);
    const rows = "make_timestamp(i * 60000000) AS ts, '1' AS open, '9' AS high, '1' AS low, '2' AS close, '5' AS volume";
    await runSql(":memory:", `COPY (SELECT 'btc' AS data, '${sha256}' AS sha256, ${rows} FROM range(300000) t(i)) TO '${path}' (FORMAT parquet)`);
    await expect(readBars(stateDir, "btc", sha256)).rejects.toMatchObject({ code: expect.stringMatching(/^trace\/(bad-bars|no-doubles)$/) as string });
  });

  test("are rows that people can query: a time, and NULL for a volume that is not known", async () => {
    const sha256 = await keep(bars(2));
    const rows = await runSql(":memory:", `SELECT * FROM read_parquet('${join(stateDir, "lake/bars/btc").replace("[", "[[]")}/*.parquet') LIMIT 2`);
    expect(rows).toEqual([
      ["btc", sha256, "1970-01-01 00:00:00", "1", "9", "1", "2", "5"],
      ["btc", sha256, "1970-01-01 00:01:00", "1", "9", "1", "2", null],
    ]);
    expect(statSync(join(stateDir, "lake/bars/btc", `${sha256}.parquet`)).mode & 0o777).toBe(0o600);
  });

  test("that were replaced can still be read, and come back to the front", async () => {
    const first = await keep(bars(2));
    const second = await keep(bars(3));
    expect(files()).toEqual([`${second}.parquet`, "old", `old/${first}.parquet`].toSorted());
    expect((await readBars(stateDir, "btc", first))!.close[0]).toBe(2);
    expect((await readBars(stateDir, "btc", second))!.close[0]).toBe(3);
    await keep(bars(2));
    expect(files()).toEqual([`${first}.parquet`, "old", `old/${second}.parquet`].toSorted());
    expect(hasBars(stateDir, "btc", second)).toBe(true);
  });

  test("that are not there are no error; a file that is none of ours is", async () => {
    expect(await readBars(stateDir, "btc", "a".repeat(64))).toBeUndefined();
    const sha256 = await keep(bars(2));
    writeFileSync(join(stateDir, "lake/bars/btc", `${sha256}.parquet`), "PAR1");
    await expect(readBars(stateDir, "btc", sha256)).rejects.toMatchObject({ code: "trace/bad-bars", hint: "agentctl data verify btc" });
  });

  test("have names that lead nowhere else", async () => {
    await expect(readBars(stateDir, "../x", "a".repeat(64))).rejects.toMatchObject({ code: "trace/bad-bars-name" });
    await expect(writeBars(stateDir, "x", { sha256: "../../y" }, bars(2))).rejects.toMatchObject({ code: "trace/bad-bars-name" });
  });
});

describe("faults", () => {
  const writer = fileURLToPath(new URL("../support/bar-writer.ts", import.meta.url));

  test("kill -9 while writing leaves what was there, and nothing that a reader takes for bars", async () => {
    const before = await keep(bars(2));
    for (const afterMs of [150, 250, 350]) {
      const child = spawn(process.execPath, [writer, stateDir, "btc", "400000"], { stdio: ["ignore", "pipe", "inherit"] });
      await new Promise((resolve) => child.stdout.once("data", resolve));
      await new Promise((resolve) => setTimeout(resolve, afterMs - 150));
      child.kill("SIGKILL");
      await new Promise((resolve) => child.once("close", resolve));
      expect((await readBars(stateDir, "btc", before))!.close[0]).toBe(2);
      const whole = files().filter((file) => file.endsWith(".parquet") && !file.startsWith(".") && !file.startsWith("old"));
      for (const file of whole) expect((await readBars(stateDir, "btc", file.slice(0, 64)))!.length).toBeGreaterThan(0);
      expect(whole.length).toBeLessThanOrEqual(1);
    }
    sweepBars(stateDir, "btc");
    expect(files().filter((file) => file.startsWith("."))).toEqual([]);
  });

  test("a disk that takes no more is said so, and leaves what was there", async () => {
    const before = await keep(bars(2));
    // The limit of a file's size stands in for a full disk: writes beyond it fail.
    const script = `ulimit -f 64; trap '' XFSZ; exec "$0" "$@"`;
    const { status, stderr } = spawnSync("bash", ["-c", script, process.execPath, writer, stateDir, "btc", "400000"], { encoding: "utf8" });
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/trace\/(unwritable|disk-full)/);
    expect(files()).toEqual([`${before}.parquet`]);
    expect(existsSync(join(stateDir, "lake/bars/btc/old"))).toBe(false);
  });
});
