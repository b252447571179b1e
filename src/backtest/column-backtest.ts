import { toWhole } from "../base/money.ts";
import type { Bars } from "../strategy/bars.ts";
import type { SignalColumns } from "../strategy/signal-columns.ts";
import { CostModel } from "./cost-model.ts";
import { EquityTally } from "./equity-tally.ts";
import { Position } from "./position.ts";
import type { BacktestSettings } from "./settings.ts";
import { affordable, wholeUnits } from "./sizing.ts";

/** What a backtest came to, without its rows. Money in the account's currency. */
export interface ColumnFigures {
  /** Traded over, warm-up left out; and only warm-up. */
  bars: number;
  warmup: number;
  trades: number;
  /** Trades with a profit after costs. */
  wins: number;
  /** Sums of the profits, and of the losses (above 0). */
  gained: number;
  lost: number;
  /** Bars at whose close something was held. */
  held: number;
  refused: number;
  /** At the end, all closed. */
  equity: number;
}

export interface ColumnRange {
  /** First bar that may be traded, and the first that is not there any more. */
  from?: number;
  to?: number;
}

/** Bars of which one has no prices: then an order waits, which takes the full engine. */
const known = new WeakMap<Bars, boolean>();

/**
 * Whether `columnBacktest` answers what the full engine would: one market, market orders at the next open, sized by units, money or equity, and nothing
 * that looks into a bar or beyond the open position.
 */
export function fitsColumns(settings: BacktestSettings, signals: SignalColumns, bars: Bars): boolean {
  const { instruments, sizing, risk, fill, lagBars, fromMs, costs } = settings;
  const { limit, stop, stopLoss, takeProfit, trailingStop, weight, enterShort } = signals;
  const exits = risk.stopLoss ?? risk.takeProfit ?? risk.trailingStop ?? risk.drawdownMax;
  const columns = limit ?? stop ?? stopLoss ?? takeProfit ?? trailingStop ?? weight;
  return (
    instruments.length === 1 &&
    fill === "next-open" &&
    lagBars === 0 &&
    fromMs === undefined &&
    sizing.kind !== "risk" &&
    exits === undefined &&
    columns === undefined &&
    (risk.positions ?? 1) >= 1 &&
    (costs.borrow === 0 || !enterShort.includes(1)) &&
    pricedThroughout(bars)
  );
}

/**
 * Trades one market by its signal columns in one pass, for searches that want figures of many variants and rows of none. Prices, units, fees and cash are
 * booked as the full engine books them, so that both come to the same figures; `tally` is left with the moments of the equity. Call it only where
 * `fitsColumns` says so. `curve` gets the equity of each bar of the range, when given.
 */
export function columnBacktest(
  bars: Bars,
  signals: SignalColumns,
  settings: BacktestSettings,
  tally: EquityTally = new EquityTally(),
  { from = 0, to = bars.length }: ColumnRange = {},
  curve?: Float64Array,
): ColumnFigures {
  const { open, close } = bars;
  const book = new Book(bars, settings);
  const start = Math.min(to, Math.max(from, signals.warmup + settings.warmup));
  tally.start(book.money);
  // Figures from here to there: bars [marked, next) are held as the book stands.
  let marked = start;
  const asks = new Asks(signals, to - 1);
  for (let row = asks.next(book.units, start); row < to - 1; row = asks.next(book.units, row + 1)) {
    const fill = row + 1;
    tally.hold(close, marked, fill, book.money, book.position, curve);
    book.count(fill - marked);
    marked = fill;
    book.follow(signals, row, fill, open[fill] as number);
  }
  const last = Math.max(marked, to - 1);
  tally.hold(close, marked, last, book.money, book.position, curve);
  book.count(last - marked);
  if (last < to) {
    // What is closed here is not held at this close any more.
    if (book.units !== 0) book.close(to - 1, close[to - 1] as number);
    tally.hold(close, last, to, book.money, 0, curve);
  }
  const { trades, wins, gained, lost, held, refused } = book;
  return { bars: to - start, warmup: start, trades, wins, gained, lost, held, refused, equity: book.money };
}

/** Rows that ask for something, found one after the other: each column is gone through once, however often it is asked. */
class Asks {
  readonly #enterLong: Flags;
  readonly #exitLong: Flags;
  readonly #enterShort: Flags;
  readonly #exitShort: Flags;

  constructor({ enterLong, exitLong, enterShort, exitShort }: SignalColumns, to: number) {
    this.#enterLong = new Flags(enterLong, to);
    this.#exitLong = new Flags(exitLong, to);
    this.#enterShort = new Flags(enterShort, to);
    this.#exitShort = new Flags(exitShort, to);
  }

  /** The first row from `from` on that asks for anything, given what is held; the end when there is none. */
  next(units: number, from: number): number {
    if (units === 0) return Math.min(this.#enterLong.next(from), this.#enterShort.next(from));
    return units > 0 ? Math.min(this.#exitLong.next(from), this.#enterShort.next(from)) : Math.min(this.#exitShort.next(from), this.#enterLong.next(from));
  }
}

class Flags {
  readonly #column: Uint8Array;
  readonly #to: number;
  #found = -1;

  constructor(column: Uint8Array, to: number) {
    this.#column = column;
    this.#to = to;
  }

  /** First row at or after `from`, which never goes back. */
  next(from: number): number {
    if (this.#found >= from) return this.#found;
    const row = this.#column.indexOf(1, from);
    this.#found = row < 0 || row > this.#to ? Math.max(this.#to, from) : row;
    return this.#found;
  }
}

/** Cash, position and counts of one pass, booked in whole money. */
class Book {
  /** Cash in money. */
  money: number;
  /** Whole units, negative short; and the same in units. */
  units = 0;
  position = 0;
  trades = 0;
  wins = 0;
  gained = 0;
  lost = 0;
  held = 0;
  refused = 0;
  readonly #bars: Bars;
  readonly #settings: BacktestSettings;
  readonly #costs: CostModel;
  readonly #grid: Position;
  readonly #scale: number;
  #cash: number;
  #entryValue = 0;
  #entryFee = 0;

  constructor(bars: Bars, settings: BacktestSettings) {
    const { instruments, account, costs } = settings;
    const [instrument = { name: "", priceDecimals: 8, unitDecimals: 8 }] = instruments;
    this.#bars = bars;
    this.#settings = settings;
    this.#costs = new CostModel(costs, account.decimals);
    this.#grid = new Position(instrument, account.decimals);
    this.#scale = 10 ** account.decimals;
    this.#cash = toWhole(account.cash, account.decimals);
    this.money = this.#cash / this.#scale;
  }

  /** So many bars passed as the book stands. */
  count(bars: number): void {
    if (this.units !== 0) this.held += bars;
  }

  /** Fills what the row asked for at the open of the next bar: exits first, then the entry. */
  follow(signals: SignalColumns, row: number, fill: number, price: number): void {
    const before = this.units;
    const exitLong = signals.exitLong[row] === 1;
    const exitShort = signals.exitShort[row] === 1;
    const long = signals.enterLong[row] === 1 && !exitLong;
    const short = signals.enterShort[row] === 1 && !exitShort;
    const entry = long === short ? 0 : long ? 1 : -1;
    if (before > 0 ? exitLong || entry < 0 : before < 0 && (exitShort || entry > 0)) this.close(fill, price);
    if (entry !== 0 && this.units === 0) this.#enter(entry, fill, price);
  }

  /** Closes what is held at this price before costs. */
  close(index: number, base: number): void {
    const units = Math.abs(this.units);
    const sign = this.units > 0 ? 1 : -1;
    const value = this.#grid.value(this.#price(base, -sign, units / this.#grid.unitScale, index), units);
    const fee = this.#costs.fee(value, false);
    this.#cash += sign * value - fee;
    const profit = sign * (value - this.#entryValue) - fee - this.#entryFee;
    this.trades += 1;
    if (profit > 0) {
      this.wins += 1;
      this.gained += profit / this.#scale;
    } else this.lost -= profit / this.#scale;
    this.#hold(0);
  }

  #enter(sign: 1 | -1, index: number, base: number): void {
    const { sizing, risk } = this.#settings;
    const { unitScale, priceScale } = this.#grid;
    const money = sizing.kind === "equity" ? sizing.share * this.money : sizing.kind === "value" ? sizing.value : Number.NaN;
    let units =
      sizing.kind === "units"
        ? wholeUnits(sizing.units, unitScale)
        : Number.isNaN(money)
          ? 0
          : wholeUnits(this.#affordable(money, base, sign, index), unitScale);
    if (!(units > 0)) {
      this.refused += 1;
      return;
    }
    const price = this.#price(base, sign, units / unitScale, index);
    let value = this.#grid.value(price, units);
    let fee = this.#costs.fee(value, false);
    const most = Number.isNaN(money) ? Number.POSITIVE_INFINITY : money * this.#scale;
    while (value + fee > most && units > 0) {
      units -= Math.max(1, Math.floor((units * (value + fee - most)) / (value + fee)));
      value = this.#grid.value(price, units);
      fee = this.#costs.fee(value, false);
    }
    const cash = (this.#cash - sign * value - fee) / this.#scale;
    const worth = (units / unitScale) * (price / priceScale);
    const allowed = worth <= risk.leverage * (cash + sign * worth) * (1 + 1e-12) + 1 / this.#scale;
    if (!(units > 0) || !allowed) {
      this.refused += 1;
      return;
    }
    this.#cash -= sign * value + fee;
    this.#entryValue = value;
    this.#entryFee = fee;
    this.#hold(sign * units);
  }

  #hold(units: number): void {
    this.units = units;
    this.position = units / this.#grid.unitScale;
    this.money = this.#cash / this.#scale;
  }

  #affordable(money: number, base: number, sign: 1 | -1, index: number): number {
    const costs = this.#costs;
    return affordable(money, base, costs.fixed / this.#scale, costs.feeShare(false), (units) => costs.takerPrice(base, sign, units, this.#bars, index));
  }

  /** On the instrument's grid, after spread and slippage. */
  #price(base: number, sign: number, units: number, index: number): number {
    return toWhole(Math.max(0, this.#costs.takerPrice(base, sign, units, this.#bars, index)), this.#grid.priceDecimals);
  }
}

function pricedThroughout(bars: Bars): boolean {
  let priced = known.get(bars);
  if (priced === undefined) {
    priced = true;
    for (let t = 0; t < bars.length && priced; t += 1) {
      const [o, h, l, c] = [bars.open[t] as number, bars.high[t] as number, bars.low[t] as number, bars.close[t] as number];
      priced = o > 0 && h > 0 && l > 0 && c > 0 && h < Number.POSITIVE_INFINITY;
    }
    known.set(bars, priced);
  }
  return priced;
}
