import { moments } from "./moments.ts";
import { normalBelow } from "./normal.ts";

/**
 * p-value of a figure among those that chance made, itself counted: (1 + those that reach it) / (1 + all), which is never 0 (B. Phipson and G. K. Smyth,
 * Permutation P-values Should Never Be Zero, 2010). NaN when there are none or the figure is none.
 */
export function chanceOf(figure: number, byChance: ArrayLike<number>): number {
  if (byChance.length === 0 || Number.isNaN(figure)) return Number.NaN;
  return (1 + reaching(figure, byChance)) / (1 + byChance.length);
}

/** Beyond this fourth moment (a normal distribution has 3) the tail is not that of a normal distribution. */
const kurtosisMax = 4;

/**
 * As `chanceOf`, but where no permutation reaches the figure, the tail of the normal distribution through them: Sharpe ratios of permuted bars are close to
 * normal, and a thousandth needs no thousand permutations. Only where each of them is of one variant, not the best of many; and where they do look normal,
 * as those of a strategy do not that finds nothing to trade on most permutations: its many zeros would make every other figure look impossible.
 */
export function chanceInTheTail(figure: number, byChance: ArrayLike<number>): number {
  const counted = chanceOf(figure, byChance);
  if (!(byChance.length > 1) || reaching(figure, byChance) > 0) return counted;
  const { mean, deviation, kurtosis } = moments(byChance);
  const tail = normalBelow(-(figure - mean) / deviation);
  return deviation > 0 && kurtosis <= kurtosisMax ? Math.min(counted, tail) : counted;
}

/**
 * p-value for the best of `all` variants when that for the best of `tried` is known: 1 − (1 − p)^(all/tried), as if the others were independent of those
 * tried (Z. Šidák 1967). Variants resemble each other, so the truth is lower: an error to the safe side.
 */
export function chanceOfMore(chance: number, tried: number, all: number): number {
  if (all <= tried) return chance;
  // 1 − (1 − p)^k without losing a small p.
  return -Math.expm1((all / tried) * Math.log1p(-chance));
}

function reaching(figure: number, byChance: ArrayLike<number>): number {
  let count = 0;
  for (let i = 0; i < byChance.length; i += 1) if ((byChance[i] as number) >= figure) count += 1;
  return count;
}
