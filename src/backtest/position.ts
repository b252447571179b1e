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

/** What is held in one market: lots, first in first out, all of one side. */
export class Position {
  /** Whole units of the instrument's grid, negative short. */
  units = 0;
  readonly lots: Lot[] = [];
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
    const [first, ...others] = this.lots;
    if (first === undefined) return Number.NaN;
    if (others.length === 0) return first.price;
    let value = 0;
    let units = 0;
    for (const lot of this.lots) {
      value += lot.price * lot.units;
      units += lot.units;
    }
    return value / units;
  }
}
