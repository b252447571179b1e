import { powerOfTen, scaledProduct } from "../base/money.ts";
import type { Instrument } from "./settings.ts";

/** Units that were opened by one fill and are not closed yet; amounts are whole units of the account's money. */
export interface Lot {
  order: number;
  index: number;
  ts: number;
  price: number;
  /** Whole units of the instrument's grid, without sign. */
  units: number;
  value: number;
  fee: number;
}

/** Lots, oldest first. A lot that was closed makes room for one to come. */
class LotQueue {
  length = 0;
  #first = 0;
  readonly #lots: Lot[] = [];

  at(place: number): Lot {
    return this.#lots[this.#first + place] as Lot;
  }

  /** The new last lot, to be filled in. */
  add(): Lot {
    const place = this.#first + this.length;
    this.length += 1;
    if (place < this.#lots.length) return this.#lots[place] as Lot;
    const lot = { order: 0, index: 0, ts: Number.NaN, price: Number.NaN, units: 0, value: 0, fee: 0 };
    this.#lots.push(lot);
    return lot;
  }

  /** Takes the oldest one away. */
  shift(): void {
    this.#first += 1;
    this.length -= 1;
    if (this.length === 0) this.#first = 0;
    else if (this.#first > 1024) {
      this.#lots.splice(0, this.#first);
      this.#first = 0;
    }
  }
}

/** What is held in one market: lots, first in first out, all of one side. */
export class Position {
  /** Whole units of the instrument's grid, negative short. */
  units = 0;
  readonly lots = new LotQueue();
  /** Borrowing charged so far on what is held, and what is due but smaller than the account's grid. */
  borrowed = 0;
  due = 0;
  /** Borrowing is counted from here on, ms since the epoch. */
  dueSince = Number.NaN;
  readonly priceDecimals: number;
  readonly unitScale: number;
  readonly priceScale: number;
  private readonly valueDecimals: number;

  constructor(instrument: Instrument, accountDecimals: number) {
    this.priceDecimals = instrument.priceDecimals;
    this.unitScale = powerOfTen(instrument.unitDecimals);
    this.priceScale = powerOfTen(instrument.priceDecimals);
    this.valueDecimals = instrument.priceDecimals + instrument.unitDecimals - accountDecimals;
  }

  /** Value in the account's whole units of `units` at a booked price, both whole. */
  value(price: number, units: number): number {
    return scaledProduct(price, units, this.valueDecimals);
  }

  /** Average price of what is held; NaN of nothing. */
  averagePrice(): number {
    const { lots } = this;
    if (lots.length === 0) return Number.NaN;
    if (lots.length === 1) return lots.at(0).price;
    let value = 0;
    let units = 0;
    for (let place = 0; place < lots.length; place++) {
      const lot = lots.at(place);
      value += lot.price * lot.units;
      units += lot.units;
    }
    return value / units;
  }
}
