import { isNumber } from "./indicator.ts";

/** The last `period` numbers. */
export class Window {
  readonly period: number;
  readonly #values: Float64Array;
  #next = 0;
  #count = 0;

  constructor(period: number) {
    this.period = period;
    this.#values = new Float64Array(period);
  }

  /** Whether the window is full. What is no number empties it. */
  push(value: number): boolean {
    if (!isNumber(value)) {
      this.#count = 0;
      return false;
    }
    this.#values[this.#next] = value;
    this.#next = this.#next + 1 === this.period ? 0 : this.#next + 1;
    if (this.#count < this.period) this.#count++;
    return this.#count === this.period;
  }

  /** Of a full window, the oldest is 0. */
  at(index: number): number {
    const place = this.#next + index;
    return this.#values[place < this.period ? place : place - this.period] as number;
  }
}

/** Highest value of the last `period`, or with `sign` −1 the lowest. Takes one step a bar on average: values that a newer one beats are dropped. */
export class WindowPeak {
  readonly #period: number;
  readonly #sign: 1 | -1;
  /** Rings of the values that may still be the peak, the best first, and of the bars they came with. */
  readonly #values: Float64Array;
  readonly #bars: Float64Array;
  #first = 0;
  #kept = 0;
  #bar = 0;
  #count = 0;

  constructor(period: number, sign: 1 | -1) {
    this.#period = period;
    this.#sign = sign;
    this.#values = new Float64Array(period);
    this.#bars = new Float64Array(period);
  }

  next(value: number): number {
    if (!isNumber(value)) {
      this.#count = this.#kept = 0;
      return Number.NaN;
    }
    this.#bar++;
    if (this.#count < this.#period) this.#count++;
    if (this.#kept > 0 && (this.#bars[this.#first] as number) <= this.#bar - this.#period) {
      this.#first = this.#place(1);
      this.#kept--;
    }
    while (this.#kept > 0 && ((this.#values[this.#place(this.#kept - 1)] as number) - value) * this.#sign <= 0) this.#kept--;
    const place = this.#place(this.#kept++);
    this.#values[place] = value;
    this.#bars[place] = this.#bar;
    return this.#count < this.#period ? Number.NaN : (this.#values[this.#first] as number);
  }

  #place(index: number): number {
    const place = this.#first + index;
    return place < this.#period ? place : place - this.#period;
  }
}
