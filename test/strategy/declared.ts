import { stringify } from "yaml";
import { readStrategy, type StrategyRead } from "../../src/strategy/read-strategy.ts";
import type { Strategy } from "../../src/strategy/strategy.ts";

/** strategy.yaml of a strategy with these rules; `more` replaces any key. */
export function declaredText(rules: Readonly<Record<string, unknown>>, more: Readonly<Record<string, unknown>> = {}): string {
  return stringify({
    name: "test",
    about: "A test.",
    markets: ["test-data"],
    timeframe: "1d",
    timeframes: { week: "1w" },
    signals: rules,
    costs: { taker: 0.001 },
    ...more,
  });
}

export function readText(text: string, name = "test"): StrategyRead {
  return readStrategy(name, [{ path: `${name}/strategy.yaml`, text }]);
}

/** A strategy that must be readable. */
export function declared(rules: Readonly<Record<string, unknown>>, more: Readonly<Record<string, unknown>> = {}): Strategy {
  const { strategy, findings } = readText(declaredText(rules, more));
  if (strategy === undefined) throw new Error(JSON.stringify(findings));
  return strategy;
}
