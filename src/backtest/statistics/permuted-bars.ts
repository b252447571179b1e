import { seeded } from "../../base/seeded.ts";
import { barsOf, type Bars } from "../../strategy/bars.ts";

/** Bars taken apart into what happens between them and what happens within them, as logarithms. */
export interface TakenApart {
  bars: Bars;
  /** From the close before to the open, less the drift a bar; the first is 0. */
  gaps: Float64Array;
  /** From the open to high, low and close of the same bar. */
  highs: Float64Array;
  lows: Float64Array;
  closes: Float64Array;
}

/**
 * Takes bars apart so that they can be put together in another order (T. Masters, Permutation and Randomization Tests for Trading System Development,
 * 2018, chapter 3). The drift, the mean logarithmic change from close to close, is taken out of the gaps: being long in a rising market then earns
 * nothing, in the true order as in any other. undefined where a price is not above zero.
 */
export function takeApart(bars: Bars): TakenApart | undefined {
  const { length, open, high, low, close } = bars;
  const [gaps, highs, lows, closes] = [0, 1, 2, 3].map(() => new Float64Array(length)) as [Float64Array, Float64Array, Float64Array, Float64Array];
  for (let i = 0; i < length; i += 1) {
    // Also false for NaN.
    if (!((low[i] as number) > 0)) return undefined;
    gaps[i] = i === 0 ? 0 : Math.log((open[i] as number) / (close[i - 1] as number));
    highs[i] = Math.log((high[i] as number) / (open[i] as number));
    lows[i] = Math.log((low[i] as number) / (open[i] as number));
    closes[i] = Math.log((close[i] as number) / (open[i] as number));
  }
  const drift = length < 2 ? 0 : Math.log((close[length - 1] as number) / (close[0] as number)) / (length - 1);
  for (let i = 1; i < length; i += 1) gaps[i] = (gaps[i] as number) - drift;
  return { bars, gaps, highs, lows, closes };
}

/** Two independent orders of the bars after the first: of the gaps and of the shapes within bars (Fisher and Yates). */
export function randomOrders(length: number, chance: () => number): { gaps: Int32Array; shapes: Int32Array } {
  return { gaps: shuffled(length, chance), shapes: shuffled(length, chance) };
}

function shuffled(length: number, chance: () => number): Int32Array {
  const order = Int32Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 1; i -= 1) {
    const other = 1 + Math.floor(chance() * i);
    const kept = order[i] as number;
    order[i] = order[other] as number;
    order[other] = kept;
  }
  return order;
}

/** Bars at the same times with gaps and shapes in these orders; volumes go with the shapes. Without orders: as they were, without their drift. */
export function putTogether(apart: TakenApart, orders?: { gaps: Int32Array; shapes: Int32Array }): Bars {
  const { bars, gaps, highs, lows, closes } = apart;
  const { length, ts } = bars;
  const made = barsOf(length, (name) => (name === "ts" ? ts : new Float64Array(length)));
  let level = length === 0 ? 0 : Math.log(bars.open[0] as number);
  for (let i = 0; i < length; i += 1) {
    const shape = orders?.shapes[i] ?? i;
    level += gaps[orders?.gaps[i] ?? i] as number;
    made.open[i] = Math.exp(level);
    made.high[i] = Math.exp(level + (highs[shape] as number));
    made.low[i] = Math.exp(level + (lows[shape] as number));
    level += closes[shape] as number;
    made.close[i] = Math.exp(level);
    made.volume[i] = bars.volume[shape] as number;
  }
  return made;
}

/**
 * Permutation `number` of the bars of several markets: the same for the same seed and number, whoever makes it and in whatever order. Markets whose bars are
 * at the same times are permuted alike, so that what they share stays shared.
 */
export function permutedMarkets(apart: readonly TakenApart[], seed: number, number: number): Bars[] {
  const chance = seeded(seed + number);
  const drawn: { ts: Float64Array; orders: ReturnType<typeof randomOrders> }[] = [];
  return apart.map((each) => {
    const { ts, length } = each.bars;
    const alike = drawn.find((other) => other.ts.length === length && other.ts.every((at, i) => at === ts[i]));
    const orders = alike?.orders ?? randomOrders(length, chance);
    if (alike === undefined) drawn.push({ ts, orders });
    return putTogether(each, orders);
  });
}

/** The best of some Sharpe ratios; a variant that has none, since it did not trade, has earned nothing. */
export function bestOf(ratios: readonly (number | null)[]): number {
  return ratios.reduce<number>((best, ratio) => Math.max(best, ratio ?? 0), -Infinity);
}
