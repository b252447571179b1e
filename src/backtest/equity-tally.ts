import type { Regimes } from "../strategy/regime.ts";

/** Places in the state of a tally. Doubles in one array are as fast as locals, and cost nothing to reuse. */
const [previous, peak, floor, drawdown, sum, squares, signed, lastSum, lastSquares] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
const perRegime = 9;

/**
 * Sums over an equity curve, bar by bar, without keeping it: the moments of its returns, its drawdown, and both by regime. The return of a bar is equity over
 * that of the bar before, less 1; before the first bar stands the cash at the start.
 */
export class EquityTally {
  readonly #state: Float64Array;
  readonly #regimes: Regimes | undefined;
  readonly #runEnds: Uint32Array;
  /** Equity was zero or below: returns have no meaning any more. */
  ruined = false;

  constructor(regimes?: Regimes) {
    this.#regimes = regimes;
    this.#runEnds = regimes === undefined ? new Uint32Array() : runEnds(regimes.label);
    this.#state = new Float64Array(perRegime + 2 * (regimes?.names.length ?? 0));
  }

  start(cash: number): void {
    const state = this.#state.fill(0);
    state[previous] = cash;
    state[peak] = cash;
    state[floor] = cash;
    this.ruined = false;
  }

  /** Bars `from` to `to` with this much cash and this position, marked at the close; `curve` gets the equity, when it is there. */
  hold(close: Float64Array, from: number, to: number, cash: number, position: number, curve: Float64Array | undefined): void {
    this.#sum(close, from, to, cash, position, 0);
    if (curve !== undefined) for (let t = from; t < to; t += 1) curve[t] = cash + position * (close[t] as number);
  }

  /** A whole equity curve, whose first row is that of the bar `first`. */
  follow(equity: Float64Array, first: number): void {
    // A curve is what one unit is worth that has it for its closes.
    this.#sum(equity, 0, equity.length, 0, 1, first);
  }

  #sum(close: Float64Array, from: number, to: number, cash: number, position: number, shift: number): void {
    // What is flat moves in its first bar only, by what the exit came to.
    const moving = position === 0 ? Math.min(to, from + 1) : to;
    const regimes = this.#regimes;
    // A regime lasts many bars: each stretch of one is summed up by itself.
    for (let t = from; t < moving;) {
      const end = regimes === undefined ? moving : Math.min(moving, (this.#runEnds[t + shift] as number) - shift);
      if (add(this.#state, close, t, end, cash, position) <= 0) this.ruined = true;
      if (regimes !== undefined) addRegime(this.#state, regimes.label[t + shift] as number);
      t = end;
    }
  }

  /** Equity of the last bar. */
  get equity(): number {
    return this.#at(previous);
  }
  get maxDrawdown(): number {
    return this.#at(drawdown);
  }
  /** Of the returns, their squares, and the squares of those below zero. */
  get sum(): number {
    return this.#at(sum);
  }
  get squares(): number {
    return this.#at(squares);
  }
  get downside(): number {
    return (this.squares - this.#at(signed)) / 2;
  }
  regime(place: number): { sum: number; squares: number } {
    return { sum: this.#at(perRegime + 2 * place), squares: this.#at(perRegime + 2 * place + 1) };
  }

  #at(place: number): number {
    return this.#state[place] as number;
  }
}

/** Adds bars to the sums, and leaves the sums of these bars alone as the last ones. Answers the lowest equity where it was a new depth. */
function add(state: Float64Array, close: Float64Array, from: number, to: number, cash: number, position: number): number {
  // One by one: taking an array apart walks an iterator, which at a call every few dozen bars is most of the cost.
  let before = state[previous] as number;
  let high = state[peak] as number;
  let low = state[floor] as number;
  let deepest = state[drawdown] as number;
  let returns = 0;
  let squared = 0;
  let signs = 0;
  let lowest = Number.POSITIVE_INFINITY;
  for (let t = from; t < to; t += 1) {
    const equity = cash + position * (close[t] as number);
    const change = equity / before - 1;
    before = equity;
    returns += change;
    squared += change * change;
    // Asking each return for its sign is a coin toss that the processor guesses wrong half of the time.
    signs += change * Math.abs(change);
    // Both are rare, and known before they come: below the deepest share of the peak so far, or above the peak.
    if (equity < low) {
      deepest = 1 - equity / high;
      low = equity;
      if (equity < lowest) lowest = equity;
    } else if (equity > high) {
      high = equity;
      low = equity * (1 - deepest);
    }
  }
  state[previous] = before;
  state[peak] = high;
  state[floor] = low;
  state[drawdown] = deepest;
  state[sum] = (state[sum] as number) + returns;
  state[squares] = (state[squares] as number) + squared;
  state[signed] = (state[signed] as number) + signs;
  state[lastSum] = returns;
  state[lastSquares] = squared;
  return lowest;
}

function addRegime(state: Float64Array, regime: number): void {
  const place = perRegime + 2 * regime;
  state[place] = (state[place] as number) + (state[lastSum] as number);
  state[place + 1] = (state[place + 1] as number) + (state[lastSquares] as number);
}

const ended = new WeakMap<Uint8Array, Uint32Array>();

/** For every bar, the first one after it with another label: found once for all tallies. */
function runEnds(label: Uint8Array): Uint32Array {
  const known = ended.get(label);
  if (known !== undefined) return known;
  const ends = new Uint32Array(label.length);
  ended.set(label, ends);
  for (let t = label.length - 1; t >= 0; t -= 1) ends[t] = t + 1 < label.length && label[t] === label[t + 1] ? (ends[t + 1] as number) : t + 1;
  return ends;
}
