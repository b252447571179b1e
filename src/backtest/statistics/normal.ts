/** The standard normal distribution, to about 1e-15 where it is asked for here. */

const rootTwoPi = Math.sqrt(2 * Math.PI);

/** Density. */
function normalDensity(x: number): number {
  return Math.exp((-x * x) / 2) / rootTwoPi;
}

/**
 * Probability below x. Near the middle by the series φ(x)·(x + x³/3 + x⁵/(3·5) + …) (G. Marsaglia, Evaluating the Normal Distribution, 2004), in the
 * tails by the continued fraction of Laplace.
 */
export function normalBelow(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  if (x > 5) return 1 - tail(x);
  if (x < -5) return tail(-x);
  let term = x;
  let sum = x;
  for (let k = 3; Math.abs(term) > 1e-18 * Math.abs(sum) && k < 400; k += 2) {
    term *= (x * x) / k;
    sum += term;
  }
  return 0.5 + sum * normalDensity(x);
}

/** Probability above x > 0: φ(x) / (x + 1/(x + 2/(x + 3/…))). */
function tail(x: number): number {
  if (x > 40) return 0;
  let below = x;
  for (let k = 100; k > 0; k -= 1) below = x + k / below;
  return normalDensity(x) / below;
}

/**
 * The x that has this probability below it: a rational start (Abramowitz and Stegun, 26.2.23, good to 4.5e-4), made exact by Halley's method. −∞ at 0, ∞ at
 * 1, NaN outside.
 */
export function normalQuantile(probability: number): number {
  if (!(probability >= 0 && probability <= 1)) return Number.NaN;
  if (probability === 0 || probability === 1) return probability === 0 ? -Infinity : Infinity;
  if (probability > 0.5) return -normalQuantile(1 - probability);
  const t = Math.sqrt(-2 * Math.log(probability));
  let x = (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t;
  for (let step = 0; step < 3; step += 1) {
    const error = (normalBelow(x) - probability) / normalDensity(x);
    x -= error / (1 + (x * error) / 2);
  }
  return x;
}
