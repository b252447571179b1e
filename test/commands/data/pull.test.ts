import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadAuthority } from "../../../src/operations/load-authority.ts";
import { loadData } from "../../../src/operations/load-data.ts";
import type { PullResult } from "../../../src/operations/pull-data.ts";
import type { Bars } from "../../../src/strategy/bars.ts";
import { cli } from "../../support/cli.ts";
import { candleAt, fakeExchange, type FakeExchange } from "../../support/exchange.ts";
import { barsFrom, minuteMs, sameBars } from "../../support/market-bars.ts";
import { shipped } from "../../support/skills.ts";
import { workspace, type TestWorkspace } from "../../support/workspace.ts";

const firstMs = Date.UTC(2024, 0, 1);
let fake: FakeExchange;
let made: TestWorkspace;

const localExchange = `name: local-exchange
description: test
rules:
  - id: local-exchange
    match: { action: net.connect, actor: person, host: 127.0.0.1 }
    effect: allow
    reason: the exchange is on this machine
    examples:
      match: [{ action: net.connect, host: 127.0.0.1, port: 8080 }]
      differ: [{ action: net.connect, host: example.org, port: 443 }]
`;
const cases = "- name: here\n  request: { action: net.connect, host: 127.0.0.1, port: 80 }\n  effect: allow\n";

beforeEach(async () => {
  fake = await fakeExchange({ nowMs: firstMs + 350 * minuteMs + 30_000, firstMs, pageMax: 100 });
  made = workspace({
    "agentctl.yaml": "profile: small\n",
    ...shipped("policies"),
    "policies/local-exchange/policy.yaml": localExchange,
    "policies/local-exchange/cases.yaml": cases,
  });
});
afterEach(() => fake.close());

const pulling = (...more: string[]): string[] => ["data", "pull", "binance", "BTC/USDT", "1m", "--endpoint", fake.url, ...more];
const since = ["--since", "2024-01-01"];
const truth = (minutes: number): Bars => barsFrom(Array.from({ length: minutes }, (_, at) => candleAt(firstMs + at * minuteMs, minuteMs).map(Number)));

async function loaded(): Promise<Bars> {
  return (await loadData(await loadAuthority(made.dir, {}), join(made.dir, ".git/agentctl"), "btc-usdt-1m")).bars;
}

test("attack: an exchange whose clock is years ahead makes no candle closed", async () => {
  fake.nowMs = Date.UTC(2343, 0, 1);
  const refused = await cli(made.dir, ["data", "pull", "binance", "BTC/USDT", "1m", "--since", "2024-01-01", "--endpoint", fake.url], { expectExit: 1 });
  expect(refused.stderr).toContain("h ahead of this machine's");
  expect(fake.requests.some((request) => request.includes("klines"))).toBe(false);
});

test("pulls, then brings up to date: the digest changes, the old version stays", async () => {
  const { stdout, stderr } = await cli(made.dir, pulling(...since));
  expect(stdout).toBe("data/btc-usdt-1m.yaml\n");
  expect(stderr).toMatch(/rule baseline\/people-may-work[^]*rule local-exchange\/local-exchange[^]*pulled {5}350 candles {2}to 2024-01-01T05:49Z {2}100 %/);
  expect(sameBars(await loaded(), truth(350))).toBe(true);
  const manifest = readFileSync(join(made.dir, "data/btc-usdt-1m.yaml"), "utf8");
  expect(manifest).toMatch(/currency: USDT\npriceDecimals: 2\nunitDecimals: 5\nrows: 350\n/);
  expect(manifest).toContain("kind: exchange\n  exchange: binance\n  symbol: BTC/USDT\n  since: 2024-01-01T00:00:00Z\n");

  const again = (await cli(made.dir, pulling("--json"))).json() as PullResult;
  expect(again).toMatchObject({ outcome: "ok", pulled: { added: 0, requests: 1 } });
  expect(again.pulled!.kept).toBeUndefined();

  fake.nowMs += 40 * minuteMs;
  const last = firstMs + 349 * minuteMs;
  fake.change(last, candleAt(last, minuteMs)[3]);
  const more = (await cli(made.dir, pulling("--json"))).json() as PullResult;
  expect(more.pulled).toMatchObject({
    added: 40,
    changedCount: 1,
    changed: [{ time: "2024-01-01T05:49:00Z" }],
    kept: { set: { rows: 390 }, replaces: expect.stringMatching(/^[0-9a-f]{64}$/) },
  });
  expect(fake.requests.at(-1)).toContain(`startTime=${firstMs + 348 * minuteMs}`);
  const lake = join(made.dir, ".git/agentctl/lake/bars/btc-usdt-1m");
  expect(readdirSync(join(lake, "old"))).toEqual([`${more.pulled!.kept!.replaces}.parquet`]);
  expect((await loaded()).length).toBe(390);
  expect(existsSync(join(made.dir, ".git/agentctl/pull/btc-usdt-1m"))).toBe(false);
});

test("an earlier beginning is fetched too", async () => {
  await cli(made.dir, pulling("--since", "2024-01-01T02:00:00Z"));
  await cli(made.dir, pulling(...since));
  expect(sameBars(await loaded(), truth(350))).toBe(true);
});

test("kill -9 in the middle: the next pull goes on without a hole or a double", async () => {
  // The third page never comes to its end.
  fake.fail("klines", undefined, undefined, { kind: "stuck" });
  const entry = fileURLToPath(new URL("../../../bin/dev.js", import.meta.url));
  const child = spawn(process.execPath, [entry, ...pulling(...since)], { cwd: made.dir, stdio: "ignore" });
  await expect.poll(() => fake.requests.filter((request) => request.includes("klines")).length, { timeout: 20_000, interval: 20 }).toBe(3);
  child.kill("SIGKILL");
  await new Promise((resolve) => child.once("close", resolve));
  expect(existsSync(join(made.dir, "data/btc-usdt-1m.yaml"))).toBe(false);

  fake.requests.length = 0;
  await cli(made.dir, pulling(...since));
  expect(sameBars(await loaded(), truth(350))).toBe(true);
  const asked = fake.requests.filter((request) => request.includes("klines"));
  expect(asked).toHaveLength(2);
  expect(asked[0]).toContain(`startTime=${firstMs + 196 * minuteMs}`);
});

test("no host is reached that policy does not allow", async () => {
  const { stderr } = await cli(made.dir, pulling(...since).with(6, fake.url.replace("127.0.0.1", "localhost")), { expectExit: 3 });
  expect(stderr).toContain("deny");
  expect(fake.requests).toEqual([]);
  const { stdout } = await cli(made.dir, ["query", "--json", "SELECT action, effect, host FROM decisions ORDER BY seq"]);
  expect(stdout).toMatch(/data\.import[^]*allow[^]*net\.connect[^]*deny[^]*localhost/);
  const result = (
    await cli(made.dir, [...pulling(...since).with(6, fake.url.replace("127.0.0.1", "localhost")), "--json"], { expectExit: 3 })
  ).json() as PullResult;
  expect(result).toMatchObject({ outcome: "denied", denied: { effect: "deny", request: { host: "localhost" } } });
});

test("holes beyond the threshold are refused; what was pulled is kept for another threshold", async () => {
  fake.hole(firstMs + 100 * minuteMs, firstMs + 160 * minuteMs);
  expect((await cli(made.dir, pulling(...since), { expectExit: 6 })).stderr).toContain("missing bars: 60");
  fake.requests.length = 0;
  await cli(made.dir, pulling(...since, "--gaps-max", "0.2"));
  expect(fake.requests.filter((request) => request.includes("klines"))).toEqual([]);
  expect((await loaded()).length).toBe(290);
});

test("what cannot be pulled is said so, with a mend", async () => {
  const said = async (argv: string[], expectExit: number): Promise<string> => (await cli(made.dir, argv, { expectExit })).stderr;
  expect(await said(pulling(...since).with(3, "BTC/USDD"), 2)).toContain("did you mean BTC/USDT?");
  expect(await said(pulling(...since).with(2, "binanc"), 2)).toContain("did you mean binance?");
  expect(await said(pulling(...since).with(4, "7m"), 2)).toContain("has no candles of 7m");
  expect(await said(pulling(), 2)).toContain("--since 2024-01-01");
  await cli(made.dir, pulling(...since));
  expect(await said([...pulling(...since).with(3, "ETH/USDT"), "--name", "btc-usdt-1m"], 2)).toContain("from another source");
});
