import { seeded } from "../../src/base/seeded.ts";
import { barsOf, type Bars } from "../../src/strategy/bars.ts";

const dayMs = 86_400_000;
/** Share of the trend that is left after a bar. */
const persistence = 0.98;

/**
 * Made-up daily bars: a geometric random walk with `drift` a bar. `trend` is the size of a drift that comes and goes by itself, over some fifty bars: an edge
 * that a strategy may find; 0 for none.
 */
export function walkBars(options: { length: number; seed: number; drift?: number; trend?: number; volatility?: number }): Bars {
  const { length, seed, drift = 0, trend = 0, volatility = 0.01 } = options;
  const chance = seeded(seed);
  // Twelve uniform numbers make a normal one, nearly.
  const normal = (): number => Array.from({ length: 12 }, chance).reduce((a, b) => a + b, -6);
  const bars = barsOf(length, () => new Float64Array(length));
  let level = Math.log(100);
  let current = 0;
  for (let i = 0; i < length; i += 1) {
    bars.ts[i] = Date.UTC(2000, 0, 3) + i * dayMs;
    const open = level + 0.1 * volatility * normal();
    current = persistence * current + Math.sqrt(1 - persistence ** 2) * trend * normal();
    level += drift + current + volatility * normal();
    bars.open[i] = Math.exp(open);
    bars.close[i] = Math.exp(level);
    bars.high[i] = Math.exp(Math.max(open, level) + 0.3 * volatility * chance());
    bars.low[i] = Math.exp(Math.min(open, level) - 0.3 * volatility * chance());
    bars.volume[i] = 1000 + Math.floor(1000 * chance());
  }
  return bars;
}
