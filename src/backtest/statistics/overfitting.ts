import { median } from "./quantile.ts";

/** What choosing the best variant by the past does to its rank in the future. */
export interface Overfitting {
  /** Share of the splits in which the best variant in sample is in the lower half out of sample, and materially below its middle. */
  probability: number;
  splits: number;
  variants: number;
}

/** Sums over one block of bars. */
interface Block {
  bars: number;
  sum: Float64Array;
  squares: Float64Array;
}

/**
 * Probability of backtest overfitting by combinatorially symmetric cross-validation: the bars are cut into `blocks` blocks, every choice of half of them is
 * once in sample and the rest out of sample; the best variant in sample has rank ω among N out of sample; the probability is the share of splits with
 * ln(ω̄/(1 − ω̄)) ≤ 0, ω̄ = ω/(N + 1). By Sharpe ratio; a variant that does not vary counts as 0. D. H. Bailey, J. M. Borwein, M. López de Prado, Q. J. Zhu,
 * The Probability of Backtest Overfitting, 2017. `tolerance` is the share of a median ratio above 0 by which the chosen one may be below it without
 * counting: where all variants have the same edge, the best in sample is by construction among the worst out of sample, and nothing was lost by choosing
 * it. With 0 it is the paper's figure. undefined with fewer than two variants or two bars a block.
 */
export function overfitting(
  returns: readonly Float64Array[],
  { blocks = 16, tolerance = 0 }: { blocks?: number; tolerance?: number } = {},
): Overfitting | undefined {
  const variants = returns.length;
  const bars = Math.min(...returns.map((column) => column.length));
  if (variants < 2 || blocks % 2 !== 0 || bars < 2 * blocks) return undefined;
  const parts = Array.from({ length: blocks }, (_, block) => blockOf(returns, Math.floor((block * bars) / blocks), Math.floor(((block + 1) * bars) / blocks)));
  const inside = new Float64Array(variants);
  const outside = new Float64Array(variants);
  let splits = 0;
  let low = 0;
  for (const chosen of halves(blocks)) {
    ratios(parts, chosen, inside);
    ratios(parts, ~chosen, outside);
    let best = 0;
    for (let i = 1; i < variants; i += 1) if ((inside[i] as number) > (inside[best] as number)) best = i;
    splits += 1;
    if (rankOf(outside, best) <= (variants + 1) / 2 && !(tolerance > 0 && isNear(outside, best, tolerance))) low += 1;
  }
  return { probability: low / splits, splits, variants };
}

function blockOf(returns: readonly Float64Array[], from: number, to: number): Block {
  const sum = new Float64Array(returns.length);
  const squares = new Float64Array(returns.length);
  returns.forEach((column, variant) => {
    for (let bar = from; bar < to; bar += 1) {
      sum[variant] = (sum[variant] as number) + (column[bar] as number);
      squares[variant] = (squares[variant] as number) + (column[bar] as number) ** 2;
    }
  });
  return { bars: to - from, sum, squares };
}

/** Sharpe ratio of every variant over the blocks whose bit is set. */
function ratios(parts: readonly Block[], chosen: number, into: Float64Array): void {
  const used = parts.filter((_, block) => (chosen >>> block) & 1);
  const bars = used.reduce((all, part) => all + part.bars, 0);
  for (let variant = 0; variant < into.length; variant += 1) {
    let sum = 0;
    let squares = 0;
    for (const part of used) {
      sum += part.sum[variant] as number;
      squares += part.squares[variant] as number;
    }
    const mean = sum / bars;
    const variance = squares / bars - mean * mean;
    into[variant] = variance > 1e-14 * (squares / bars) ? mean / Math.sqrt(variance) : 0;
  }
}

/** 1 is the worst; equals share their ranks. */
function rankOf(values: Float64Array, at: number): number {
  let below = 0;
  let equal = 0;
  for (const value of values) {
    if (value < (values[at] as number)) below += 1;
    else if (value === values[at]) equal += 1;
  }
  return below + (equal + 1) / 2;
}

function isNear(values: Float64Array, at: number, tolerance: number): boolean {
  const middle = median(values);
  return middle > 0 && (values[at] as number) >= (1 - tolerance) * middle;
}

/** Every choice of half of the blocks, as bits, by Gosper's hack: the next number with as many bits. */
function* halves(blocks: number): Generator<number> {
  const end = 2 ** blocks;
  for (let bits = 2 ** (blocks / 2) - 1; bits < end;) {
    yield bits;
    const lowest = bits & -bits;
    const ripple = bits + lowest;
    bits = (((ripple ^ bits) >>> 2) / lowest) | ripple;
  }
}
