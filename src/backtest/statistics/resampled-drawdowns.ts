/** Share of the peak that is lost at worst along a path of returns; 1 once all is lost. */
export function deepestDrawdown(returns: ArrayLike<number>): number {
  let equity = 1;
  let peak = 1;
  let deepest = 0;
  for (let i = 0; i < returns.length; i += 1) {
    equity = Math.max(0, equity * (1 + (returns[i] as number)));
    if (equity > peak) peak = equity;
    else if (1 - equity / peak > deepest) deepest = 1 - equity / peak;
  }
  return deepest;
}

/**
 * Deepest drawdowns of `resamples` histories that could have been: as long as the true one, put together from its stretches of random length, `block` bars
 * in the mean, so that bad days may come together as they do (the stationary bootstrap: D. N. Politis and J. P. Romano, 1994). Drawn with replacement,
 * unlike reshuffled trades, which always end at the same sum.
 */
export function resampledDrawdowns(returns: Float64Array, options: { resamples: number; block: number; chance: () => number }): Float64Array {
  const { resamples, block, chance } = options;
  const { length } = returns;
  const path = new Float64Array(length);
  return Float64Array.from({ length: resamples }, () => {
    let at = 0;
    for (let i = 0; i < length; i += 1) {
      at = i === 0 || chance() * block < 1 ? Math.floor(chance() * length) : (at + 1) % length;
      path[i] = returns[at] as number;
    }
    return deepestDrawdown(path);
  });
}
