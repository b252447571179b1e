import fc from "fast-check";
import type { Bars } from "../../src/strategy/bars.ts";
import type { BarStrategy, Market, OrderAsk } from "../../src/strategy/bar-strategy.ts";
import { seeded } from "../../src/base/seeded.ts";
import { barsOf, type Row } from "./small-run.ts";

/** Bars of a random walk; wide enough that orders some per cent away are met. `decimals` rounds prices, which makes touches and ties. */
export function randomBars(seed: number, length: number, decimals?: number): Bars {
  const random = seeded(seed);
  const grid = (price: number): number => (decimals === undefined ? price : Math.max(10 ** -decimals, Number(price.toFixed(decimals))));
  let price = 100;
  const rows = Array.from({ length }, (): Row => {
    const open = grid(price * (1 + (random() - 0.5) * 0.02));
    const close = grid(open * (1 + (random() - 0.5) * 0.04));
    const high = grid(Math.max(open, close) * (1 + random() * 0.02));
    const low = grid(Math.min(open, close) * (1 - random() * 0.02));
    price = close;
    return [open, Math.max(high, open, close), Math.min(low, open, close), close, Math.floor(random() * 1000)];
  });
  return barsOf(rows);
}

const seed = fc.integer({ min: 1, max: 2 ** 31 - 1 });
export const runSeeds = fc.record({ bars: seed, orders: seed, length: fc.integer({ min: 1, max: 60 }) });

/** Asks at random for every kind of order, with and without exits, and takes some back. The same seed over the same prices asks the same. */
export function randomStrategy(seed: number): BarStrategy {
  const random = seeded(seed);
  const asked: number[] = [];
  const ask = (market: Market, side: 1 | -1): OrderAsk => {
    const near = (share: number): number => market.close * (1 + (random() - 0.5) * share);
    const order: OrderAsk = { units: 1 + Math.floor(random() * 5) };
    const type = (["market", "market", "limit", "stop", "stop-limit", "trailing"] as const)[Math.floor(random() * 6)] ?? "market";
    if (type !== "market") order.type = type;
    if (type === "limit" || type === "stop-limit") order.limit = near(0.06);
    if (type === "stop" || type === "stop-limit") order.stop = near(0.06);
    if (type === "trailing") order.trail = market.close * 0.02 * (random() + 0.1);
    if (random() < 0.4) order.stopLoss = market.close * (1 - side * 0.04 * (random() - 0.1));
    if (random() < 0.4) order.takeProfit = market.close * (1 + side * 0.04 * (random() - 0.1));
    if (random() < 0.2) order.trailingStop = market.close * 0.03 * (random() + 0.1);
    if (random() < 0.15) order.reduceOnly = true;
    if (random() < 0.3) order.bars = 1 + Math.floor(random() * 5);
    return order;
  };
  return {
    onBar(now) {
      for (const market of now.markets) {
        const chance = random();
        if (!market.fresh || chance < 0.4) continue;
        if (chance < 0.5) market.exit();
        else if (chance < 0.53) market.cancel();
        else if (chance < 0.58) market.cancel(asked[Math.floor(random() * asked.length)] ?? 1);
        else if (chance < 0.79) asked.push(market.buy(ask(market, 1)));
        else asked.push(market.sell(ask(market, -1)));
      }
    },
  };
}
