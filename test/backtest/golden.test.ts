import { expect, it } from "vitest";
import { canonicalJson } from "../../src/base/canonical-json.ts";
import { sha256 } from "../../src/base/digest.ts";
import { engineVersion } from "../../src/backtest/backtest.ts";
import { runBacktest } from "../../src/backtest/run-backtest.ts";
import { randomBars, randomStrategy } from "./random-run.ts";
import { settings } from "./small-run.ts";

/** What the engine of each version makes of the same 40 runs. A change of results is a new version, since recorded backtests are compared by it. */
const golden: Readonly<Record<number, string>> = {
  1: "ac95b731a0a81970471a0c8db0660a9e065cc3f37d334541c4453fe6f4cbaafa",
};

const costs = { taker: 0.001, maker: 0.0004, fixed: 0.05, spread: 0.001, slippage: { model: "range", share: 0.02 }, borrow: 0.1 } as const;

function outcome(seed: number): unknown {
  const bars = [randomBars(seed, 200, 2), randomBars(seed + 1000, 150, 2)];
  const instruments = bars.map((_, index) => ({ name: `m${index}`, priceDecimals: 2, unitDecimals: seed % 3 }));
  const risk = { leverage: 2, stopLoss: 0.05, drawdownMax: 0.4 };
  const given = settings({ instruments, costs, risk, lagBars: seed % 2, fill: seed % 5 === 0 ? "this-close" : "next-open" });
  const { orders, trades, equity, ...totals } = runBacktest({ settings: given, bars, strategy: randomStrategy(seed), parameters: {} });
  return { orders, trades, equity: [...equity.equity], exposure: [...equity.exposure], ts: [...equity.ts], totals };
}

it("results move only with the engine's version", () => {
  const all = Array.from({ length: 40 }, (_, index) => outcome(index + 1));
  // NaN has no canonical form; it stands where there is no number.
  const text = canonicalJson(JSON.parse(JSON.stringify(all, (_, value: unknown) => (Number.isNaN(value) ? "none" : value))));
  expect({ engineVersion, digest: sha256(text) }).toEqual({ engineVersion, digest: golden[engineVersion] });
});
