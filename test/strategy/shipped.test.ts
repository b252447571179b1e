import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { settingsOf } from "../../src/backtest/settings.ts";
import { runBacktest } from "../../src/backtest/run-backtest.ts";
import { checkStrategy } from "../../src/strategy/check.ts";
import { compileSignals } from "../../src/strategy/compile.ts";
import { parametersOf } from "../../src/strategy/parameters.ts";
import { readStrategy } from "../../src/strategy/read-strategy.ts";
import { signalStrategy } from "../../src/strategy/signal-strategy.ts";
import type { Strategy } from "../../src/strategy/strategy.ts";
import { sp500Bars } from "../support/sp500-bars.ts";

const room = fileURLToPath(new URL("../../strategies", import.meta.url));
const text = (path: string): string => readFileSync(`${room}/${path}`, "utf8");

const honest = ["donchian-breakout", "rsi-reversion", "sma-cross", "trend-12-1", "turn-of-month", "volatility-target"];
const bars = sp500Bars();

function shippedStrategy(name: string): Strategy {
  const { strategy, document, findings } = readStrategy(name, [{ path: `${name}/strategy.yaml`, text: text(`${name}/strategy.yaml`) }]);
  if (strategy === undefined || document === undefined) throw new Error(JSON.stringify(findings));
  const around = { dataSets: new Map([["sp500-daily", { timeframe: "1d", currency: "USD" }]]), readme: readdirSync(`${room}/${name}`).includes("README.md") };
  expect(checkStrategy(strategy, document, around)).toEqual([]);
  return strategy;
}

test.each([
  ["donchian-breakout", 20, 94],
  ["rsi-reversion", 199, 130],
  ["sma-cross", 30, 88],
  ["trend-12-1", 252, 8],
  ["turn-of-month", 0, 243],
  ["volatility-target", 32, 563],
])("%s loads without a finding, runs, and trades at a cost", (name, warmup, trades) => {
  const strategy = shippedStrategy(name);
  const parameters = parametersOf(strategy, {});
  const columns = compileSignals(strategy, parameters, bars);
  const settings = settingsOf(strategy, [{ name: "sp500-daily", priceDecimals: 2, unitDecimals: 4 }], 86_400_000);
  const result = runBacktest({ settings, bars: [bars], strategy: signalStrategy([columns]), parameters });
  expect(columns.warmup).toBe(warmup);
  expect(result.trades).toHaveLength(trades);
  expect(result.refused).toBe(0);
  expect(result.fees).toBeGreaterThan(0);
  expect(result.slippage).toBeGreaterThan(0);
});

test("each says what the idea is, where it comes from, and what to expect", () => {
  for (const name of honest) expect(text(`${name}/README.md`)).toMatch(/\*\*Idea\.\*\*[^]+\*\*Source\.\*\*[^]+\*\*What to expect\.\*\*/);
});

test("the honest ones are those without a mark", () => {
  const marked = readdirSync(room, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .filter(({ name }) => !/^knownBad:/m.test(text(`${name}/strategy.yaml`)))
    .map(({ name }) => name);
  expect(marked.toSorted()).toEqual(honest);
});
