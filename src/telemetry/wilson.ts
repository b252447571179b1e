/** A share of things, and how sure it is. */
export interface Rate {
  hits: number;
  of: number;
  /** hits ÷ of, 0 to 1; null where there is nothing to count. */
  share: number | null;
  /** The 95 % interval of the true share. Of nothing it is everything. */
  low: number;
  high: number;
}

/** Normal quantile of 97.5 %. */
const z = 1.959963984540054;

/**
 * A rate with Wilson's score interval, which stays within 0 to 1 and is honest about few: 1 of 1 is 21 % to 100 %.
 * Source: Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927).
 */
export function rateOf(hits: number, of: number): Rate {
  if (of === 0) return { hits, of, share: null, low: 0, high: 1 };
  const share = hits / of;
  const spread = z * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  const centre = share + (z * z) / (2 * of);
  const scale = 1 + (z * z) / of;
  // At the ends the formula is exact but for rounding.
  const low = hits === 0 ? 0 : Math.max(0, (centre - spread) / scale);
  const high = hits === of ? 1 : Math.min(1, (centre + spread) / scale);
  return { hits, of, share, low, high };
}

/** breached: the rate is beyond the threshold; held: so is the whole interval on its good side; unproven: too few to tell. */
export type Verdict = "held" | "unproven" | "breached";

/** Judges a rate that must be at least (`min`) or at most (`max`) a share. */
export function judgeRate({ share, low, high }: Rate, bound: "min" | "max", threshold: number): Verdict {
  if (share === null) return "unproven";
  if (bound === "min") return share < threshold ? "breached" : low >= threshold ? "held" : "unproven";
  return share > threshold ? "breached" : high <= threshold ? "held" : "unproven";
}
