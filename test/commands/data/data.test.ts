import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadAuthority } from "../../../src/operations/load-authority.ts";
import { loadData } from "../../../src/operations/load-data.ts";
import type { ImportResult } from "../../../src/operations/import-data.ts";
import type { DataRow } from "../../../src/operations/list-data.ts";
import type { VerifiedData } from "../../../src/operations/verify-data.ts";
import { cli } from "../../support/cli.ts";
import { shipped } from "../../support/skills.ts";
import { sp500 } from "../../support/strategies.ts";
import { workspace, type TestWorkspace } from "../../support/workspace.ts";

const made = (files: Record<string, string> = {}): TestWorkspace => workspace({ "agentctl.yaml": "profile: small\n", ...shipped("policies"), ...files });

/** Hourly bars of the first days of 2024, each a little above the one before. */
function hourly(hours: number, spoil: (line: string, hour: number) => string | undefined = (line) => line): string {
  const lines = Array.from({ length: hours }, (_, hour) => {
    const time = new Date(Date.UTC(2024, 0, 1, hour)).toISOString();
    return spoil([time, 100 + hour, 102 + hour, 99 + hour, 101 + hour, 10].join(","), hour);
  });
  return ["time,open,high,low,close,volume", ...lines.filter((line) => line !== undefined), ""].join("\n");
}
const importing = ["data", "import", "bars.csv", "--name", "eur", "--symbol", "EUR/USD", "--timeframe", "1h"];

async function bars(dir: string, name: string): Promise<number> {
  const authority = await loadAuthority(dir, {});
  return (await loadData(authority, join(dir, ".git/agentctl"), name)).bars.length;
}

test("import, list, show, verify, resample; recorded as runs", async () => {
  const { dir, git } = made({ "bars.csv": hourly(50) });
  const { stderr, stdout } = await cli(dir, [...importing, "--licence", "CC0-1.0"]);
  expect(stdout).toBe("data/eur.yaml\n");
  expect(stderr).toContain("rule baseline/people-may-work");
  expect(stderr).toContain("time=time open=open high=high low=low close=close volume=volume  times as UTC offset  calendar always");
  expect(stderr).toContain('git add data/eur.yaml && git commit -m "data: eur"');
  expect(readFileSync(join(dir, "data/eur.yaml"), "utf8")).toMatch(
    /^symbol: EUR\/USD\ntimeframe: 1h\ncalendar: always\ncurrency: USD\npriceDecimals: 0\nunitDecimals: 4\nrows: 50\n/m,
  );

  // Not committed: nothing to verify against.
  expect((await cli(dir, ["data", "verify", "eur"], { expectExit: 7 })).stdout).toContain("data/eur.yaml is not committed");
  git("add", "data");
  git("commit", "-qm", "data");
  expect((await cli(dir, ["data", "verify"])).stdout).toBe("eur  ok  50 bars, 0 missing, 0 bad rows\n");

  await cli(dir, ["data", "resample", "eur", "1d"]);
  const rows = (await cli(dir, ["data", "--json"])).json() as DataRow[];
  expect(rows.map(({ name, timeframe, rows, source, inLake }) => ({ name, timeframe, rows, source, inLake }))).toEqual([
    { name: "eur", timeframe: "1h", rows: 50, source: "file", inLake: true },
    { name: "eur-1d", timeframe: "1d", rows: 2, source: "resampled", inLake: true },
  ]);
  const shown = (await cli(dir, ["data", "show", "eur-1d"])).stdout;
  expect(shown).toContain("not committed");
  expect(shown).toContain("CC0-1.0");

  const events = (await cli(dir, ["query", "--json", "SELECT kind, data->>'$.data' AS data FROM events WHERE kind = 'data.imported' ORDER BY ts"])).stdout;
  expect(events).toMatch(/"eur"[^]*"eur-1d"/);
});

test("the shipped S&P bars are made from their file, verified, and queried", async () => {
  const { dir } = made(sp500());
  expect((await cli(dir, ["data", "verify"])).stdout).toBe("sp500-daily  ok  5105 bars, 4 missing, 0 bad rows\n");
  const { stdout } = await cli(dir, ["query", "--json", "SELECT count(*) AS n, min(ts) AS first, max(high) AS high FROM bars WHERE data = 'sp500-daily'"]);
  expect(stdout).toContain("5105");
  expect(stdout).toContain("3393.52002");
});

test("a refused import says why, row by row, and leaves the former data set as it was", async () => {
  const { dir, write } = made({ "bars.csv": hourly(30) });
  await cli(dir, importing);
  const before = readFileSync(join(dir, "data/eur.yaml"), "utf8");
  const swapped = hourly(30, (line, hour) => (hour === 3 ? line.replace(",103,", ",0,") : hour === 7 ? line.replace("T07", "T05") : line));
  write({ "bars.csv": swapped });
  const { stderr, stdout } = await cli(dir, importing, { expectExit: 6 });
  expect(stdout).toBe("");
  expect(stderr).toMatch(/^ +5 {2}2024-01-01T03:00:00Z {2}price/m);
  expect(stderr).toMatch(/^ +9 {2}2024-01-01T05:00:00Z {2}order/m);
  expect(stderr).toContain("--sort sorts the rows by time");
  expect(readFileSync(join(dir, "data/eur.yaml"), "utf8")).toBe(before);
  expect(await bars(dir, "eur")).toBe(30);

  const result = (await cli(dir, [...importing, "--json"], { expectExit: 6 })).json() as ImportResult;
  expect(result).toMatchObject({ outcome: "failed", name: "eur", health: { passed: false, bad: 2, counts: { price: 1, order: 1, ohlc: 1 } } });
  expect(result.kept).toBeUndefined();
});

test("a gap is counted; above the threshold it is refused, below it is written down", async () => {
  const { dir } = made({ "bars.csv": hourly(100, (line, hour) => (hour >= 40 && hour < 45 ? undefined : line)) });
  expect((await cli(dir, importing, { expectExit: 6 })).stderr).toContain("missing bars: 5, a share of 0.0500, and at most 0.01 may be");
  await cli(dir, [...importing, "--gaps-max", "0.05"]);
  expect(readFileSync(join(dir, "data/eur.yaml"), "utf8")).toContain(
    "missing: 5\ngaps:\n  - after: 2024-01-02T15:00:00Z\n    before: 2024-01-02T21:00:00Z\n    bars: 5\n",
  );
});

test("bars that the lake has lost are made again from the same file, and from no other", async () => {
  const { dir, write } = made({ "bars.csv": hourly(30) });
  await cli(dir, importing);
  rmSync(join(dir, ".git/agentctl/lake"), { recursive: true });
  expect(await bars(dir, "eur")).toBe(30);
  rmSync(join(dir, ".git/agentctl/lake"), { recursive: true });
  write({ "bars.csv": `${hourly(30)}\n` });
  await expect(bars(dir, "eur")).rejects.toMatchObject({
    code: "market/no-bars",
    message: expect.stringContaining("has changed since"),
    hint: expect.stringContaining("agentctl data import bars.csv --name eur"),
  });
  rmSync(join(dir, "bars.csv"));
  await expect(bars(dir, "eur")).rejects.toMatchObject({ code: "market/no-bars", message: expect.stringContaining("is not there") });
});

test("bad rows that were left out are left out again", async () => {
  const { dir } = made({ "bars.csv": hourly(300, (line, hour) => (hour === 7 ? line.replace(",109,", ",1,") : line)) });
  await cli(dir, [...importing, "--bad-max", "1"]);
  rmSync(join(dir, ".git/agentctl/lake"), { recursive: true });
  expect(await bars(dir, "eur")).toBe(299);
});

test("verify: other bars under the committed digest are exit 7, unhealthy ones exit 6", async () => {
  const { dir, git, write } = made({ "bars.csv": hourly(30) });
  await cli(dir, importing);
  git("add", "data");
  git("commit", "-qm", "data");
  const manifest = readFileSync(join(dir, "data/eur.yaml"), "utf8");
  const sha256 = /^sha256: (.*)$/m.exec(manifest)![1]!;
  const lake = join(dir, ".git/agentctl/lake/bars/eur");
  const kept = readFileSync(join(lake, `${sha256}.parquet`));

  write({ "bars.csv": hourly(31) });
  await cli(dir, importing);
  expect((await cli(dir, ["data", "verify", "eur"], { expectExit: 7 })).stdout).toContain("the working tree names bars");
  git("checkout", "-q", "data/eur.yaml");
  // The former bars are still in the lake.
  await cli(dir, ["data", "verify", "eur"]);

  const newer = readdirSync(lake).find((file) => file.endsWith(".parquet"))!;
  const other = readFileSync(join(lake, newer));
  writeFileSync(join(lake, `${sha256}.parquet`), other);
  const [verified] = (await cli(dir, ["data", "verify", "eur", "--json"], { expectExit: 7 })).json() as VerifiedData[];
  expect(verified).toMatchObject({ bars: "differs", passed: false });
  await expect(bars(dir, "eur")).rejects.toMatchObject({ code: "market/other-bars", exit: "verification" });
  writeFileSync(join(lake, `${sha256}.parquet`), kept);
  await cli(dir, ["data", "verify", "eur"]);

  write({ "flat.csv": hourly(40, (line, hour) => (hour < 25 ? line : [line.split(",")[0], 9, 9, 9, 9, 0].join(","))) });
  await cli(dir, [...importing.with(2, "flat.csv").with(4, "flat"), "--frozen-max", "20"]);
  git("add", "data");
  git("commit", "-qm", "flat");
  expect((await cli(dir, ["data", "verify", "flat"], { expectExit: 6 })).stdout).toContain("the last 15 bars repeat one price");
});

test("policy decides an import", async () => {
  const { dir, write, commit } = made({ "bars.csv": hourly(30) });
  const rules = `name: no-data
description: test
rules:
  - id: no-data
    match: { action: data.import }
    effect: deny
    reason: bars come from the data team
    examples:
      match: [{ action: data.import }]
      differ: [{ action: backtest.run }]
`;
  write({ "policies/no-data/policy.yaml": rules, "policies/no-data/cases.yaml": "- name: no\n  request: { action: data.import }\n  effect: deny\n" });
  commit();
  expect((await cli(dir, importing, { expectExit: 3 })).stderr).toContain("bars come from the data team");
  expect((await cli(dir, ["data", "--json"])).json()).toEqual([]);
});

test("what is asked wrongly is said so, with a mend", async () => {
  const { dir, write } = made({ "bars.csv": hourly(30), "data/broken.yaml": "symbol: X\n" });
  const usage = async (...argv: string[]): Promise<string> => (await cli(dir, ["data", ...argv], { expectExit: 2 })).stderr;
  expect(await usage("show", "eurr")).toContain('there is no data set "eurr"');
  expect(await usage(...importing.slice(1).with(3, "Eur Usd"))).toContain("cannot name a data set");
  expect(await usage(...importing.slice(1).with(7, "1 hour"))).toContain("is not a timeframe");
  expect(await usage(...importing.slice(1), "--since", "yesterday")).toContain("--since yesterday is no moment");
  expect(await usage(...importing.slice(1), "--gaps-max", "5")).toContain("no share from 0 to 1");
  expect(await usage(...importing.slice(1), "--timezone", "Europe/Atlantis")).toContain("no time zone");
  expect(await usage("show", "broken")).toContain('lacks the key "timeframe"');
  expect((await cli(dir, ["data"])).stdout).toMatch(/^broken {2}broken: data\/broken.yaml cannot be used/m);
  write({ "bars.csv": "nothing\n" });
  expect(await usage(...importing.slice(1))).toContain("one column");
  await cli(dir, ["data", "resample", "broken", "1d"], { expectExit: 2 });
});
