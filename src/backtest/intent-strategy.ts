import type { BarStrategy, Market } from "../strategy/bar-strategy.ts";
import type { Intent } from "./backtest.ts";

/**
 * Asks again what was asked in another run, step by step. `firstStep` is that run's, so that this one begins where it began. Intents are in the order of
 * their steps; an order that cannot be one throws as it would have there.
 */
export function intentStrategy(intents: readonly Intent[], firstStep = 0): BarStrategy {
  let next = 0;
  return {
    start: (setup) => setup.warmup(firstStep),
    onBar(now) {
      for (let intent = intents[next]; intent !== undefined && intent.step <= now.step; intent = intents[next]) {
        next += 1;
        if (intent.step === now.step) act(now.markets[intent.market] as Market, intent);
      }
    },
  };
}

function act(market: Market, intent: Intent): void {
  switch (intent.act) {
    case "buy":
      market.buy(intent.ask);
      break;
    case "sell":
      market.sell(intent.ask);
      break;
    case "exit":
      market.exit();
      break;
    case "cancel":
      market.cancel(intent.order);
  }
}
