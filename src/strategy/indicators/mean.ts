import { isNumber } from "./indicator.ts";

/**
 * The one rule for means over a window: the sum is kept as two doubles, its rounded value and what rounding lost (TwoSum; Ogita, Rump, Oishi, "Accurate
 * Sum and Dot Product", 2005), while values enter and leave, and the division is put right by its remainder. So
 * - it is the exact mean rounded once (in all but freak cases), whatever bar the column began with: no drift, and a value that left the window is gone;
 * - the mean of equal values is that value, and windows whose means are equal in decimals nearly always answer equal doubles. A plain running sum misses
 *   almost every such tie, and rules such as a cross of two averages then trade on rounding.
 */
export class WindowMean {
  readonly #period: number;
  readonly #share: number;
  readonly #values: Float64Array;
  #at = 0;
  #count = 0;
  #sum = 0;
  #lost = 0;

  constructor(period: number) {
    this.#period = period;
    this.#share = 1 / period;
    this.#values = new Float64Array(period);
  }

  /** The mean of the last `period` values; NaN while there are fewer. */
  next(value: number): number {
    if (!isNumber(value)) {
      this.#count = this.#sum = this.#lost = 0;
      return Number.NaN;
    }
    let change = value;
    let changeLost = 0;
    if (this.#count < this.#period) this.#count++;
    else {
      const leaving = this.#values[this.#at] as number;
      change = value - leaving;
      const part = change - value;
      changeLost = value - (change - part) - (leaving + part);
    }
    this.#values[this.#at] = value;
    this.#at = this.#at + 1 === this.#period ? 0 : this.#at + 1;
    const sum = this.#sum + change;
    const part = sum - this.#sum;
    this.#lost += this.#sum - (sum - part) + (change - part) + changeLost;
    this.#sum = sum;
    return this.#count < this.#period ? Number.NaN : meanOf(sum, this.#lost, this.#period, this.#share);
  }
}

/** 2²⁷ + 1: splits a double into two of 26 bits, whose products with a period below 2²⁶ are exact (Veltkamp). */
const splitter = 134_217_729;

/** A first mean, put right by what is left of the sum when it is taken off `period` times: the exact mean, rounded once. */
function meanOf(sum: number, lost: number, period: number, share: number): number {
  const first = (sum + lost) * share;
  const scaled = first * splitter;
  const high = scaled - (scaled - first);
  return first + (sum - high * period - (first - high) * period + lost) * share;
}

/** `WindowMean` over a column: the same arithmetic in the same order, without a ring and its bookkeeping. */
export function meanColumn(values: Float64Array, period: number): Float64Array {
  const means = new Float64Array(values.length);
  const share = 1 / period;
  let t = 0;
  while (t < values.length) {
    let sum = 0;
    let lost = 0;
    for (let count = 0; t < values.length && count < period; t++) {
      const value = values[t] as number;
      means[t] = Number.NaN;
      if (!isNumber(value)) {
        sum = lost = count = 0;
        continue;
      }
      const next = sum + value;
      const part = next - sum;
      lost += sum - (next - part) + (value - part) + 0;
      sum = next;
      count++;
      if (count === period) means[t] = meanOf(sum, lost, period, share);
    }
    for (; t < values.length; t++) {
      const value = values[t] as number;
      if (!isNumber(value)) break;
      const leaving = values[t - period] as number;
      const change = value - leaving;
      const changePart = change - value;
      const next = sum + change;
      const part = next - sum;
      lost += sum - (next - part) + (change - part) + (value - (change - changePart) - (leaving + changePart));
      sum = next;
      means[t] = meanOf(sum, lost, period, share);
    }
  }
  return means;
}
