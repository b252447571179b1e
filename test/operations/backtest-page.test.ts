import { expect, test } from "vitest";
import type { BacktestResult, Trade } from "../../src/backtest/backtest.ts";
import { measure } from "../../src/backtest/metrics.ts";
import { backtestPage, type ReportFacts } from "../../src/operations/backtest-page.ts";
import { settings as settingsWith } from "../backtest/small-run.ts";

/** What a figure leaves in a page that nobody thought of. */
const broken = /NaN|Infinity|>undefined|undefined[<"]/;
const minute = 60_000;
const sha = "0123456789abcdef".repeat(4);
const settings = settingsWith({
  instruments: [{ name: "coin", priceDecimals: 2, unitDecimals: 4 }],
  sizing: { kind: "equity", share: 1 },
  account: { currency: "EUR", cash: 1000, decimals: 2 },
  costs: { taker: 0.001, maker: 0, fixed: 0, spread: 0, slippage: { model: "range", share: 0.1 }, borrow: 0 },
  timeframeMs: minute,
});

function facts(length: number, trades: readonly Partial<Trade>[] = []): ReportFacts {
  const ts = Float64Array.from({ length }, (_, row) => row * minute);
  const close = ts.map((_, row) => 100 + Math.sin(row / 50) * 7 + Math.sin(row / 70_000) * 40);
  const result = {
    orders: [],
    trades: trades as Trade[],
    equity: { length, ts: ts.map((ms) => ms + minute), equity: close.map((price) => price * 10), exposure: new Float64Array(length) },
    bars: length,
    warmup: 0,
    firstStep: 0,
    ambiguous: 0,
    gapped: 0,
    refused: 0,
    openAtEnd: 0,
    fees: 4,
    slippage: 2,
    borrow: 0,
  } satisfies BacktestResult;
  const { identity, variant, digest } = { identity: sha, variant: sha, digest: sha };
  return {
    record: {
      run: "r-1",
      version: "1.0.0",
      at: "2024-01-01T00:00:00.000Z",
      started: {
        backtest: "bt-1",
        strategy: "wave",
        identity,
        variant,
        digest,
        commit: sha.slice(0, 40),
        committed: true,
        files: [],
        parameters: {},
        settings: { ...settings },
        engine: 1,
        seed: 0,
        data: [],
      },
      finished: { backtest: "bt-1", outcome: "ok", durationMs: 1, metrics: measure(result, { cash: 1000 }) },
    },
    settings,
    orders: [],
    trades: result.trades,
    equity: result.equity,
    perYear: 525_960,
    markets: [{ name: "coin", bars: { length, ts, open: close, high: close, low: close, close, volume: close } }],
    worries: [],
  };
}

function trade(number: number): Partial<Trade> {
  const [entryIndex, exitIndex] = [number * 90 + 1, number * 90 + 60];
  return {
    market: 0,
    side: number % 2 === 0 ? "long" : "short",
    units: 1,
    entryIndex,
    exitIndex,
    entryTs: entryIndex * minute,
    exitTs: exitIndex * minute,
    entryPrice: 100,
    exitPrice: 101,
    costs: 0.1,
    profit: number % 3 === 0 ? -1 : 2,
    return: 0.01,
    exit: "signal",
    ambiguous: number === 0,
  };
}

test("a million bars and ten thousand trades make a page below 2 MB", () => {
  const page = backtestPage(
    facts(
      1_000_000,
      Array.from({ length: 10_000 }, (_, number) => trade(number)),
    ),
  );
  expect(page.length).toBeLessThan(2_000_000);
  expect(page).toContain("The 200 of 10000 trades that won or lost most are marked.");
  expect(page).toContain("The last 100 of 10000 trades, the newest first");
  expect(page).toContain("1 of 10000 trades ended in a bar that touched two of its exits.");
  expect(page).not.toMatch(broken);
});

test.each([0, 1, 2, 500])("%i bars and no trades: a page all the same, without a figure that is not defined", (length) => {
  const page = backtestPage(facts(length));
  expect(page).toContain("There were none.");
  expect(page).toContain('<dd class="plain">-</dd>');
  expect(page).not.toMatch(broken);
});

test("costs, doubts and best trades are told with their own figures", () => {
  const page = backtestPage(
    facts(
      2000,
      Array.from({ length: 12 }, (_, number) => trade(number)),
    ),
  );
  expect(page).toContain("before costs 18.00, fees -4.00, spread, slippage -2.00, after costs 12.00");
  expect(page).toContain("slippage 10 % of the bar&#39;s range. Twice as much would leave about 6.00.");
  expect(page).toContain("Without its 5 best trades it would have made 2.00 instead of 12.00.");
});

test("a market whose bars are gone says so", () => {
  const given = facts(500);
  expect(backtestPage({ ...given, markets: [{ name: "coin", bars: undefined }] })).toContain("The bars are no longer in the lake: agentctl data verify");
});
