import { powerOfTen, proportion, sumOf, toWhole } from "../base/money.ts";
import type { Position } from "./position.ts";
import { TradeLog, type BookedFill } from "./trade-log.ts";

/** The one cash book of all markets. Every amount is a whole number of 10^-decimals of the account's currency: what goes out of cash is in a lot or a trade. */
export class Account {
  /** Whole units. */
  cash: number;
  readonly initial: number;
  readonly decimals: number;
  readonly scale: number;
  readonly trades = new TradeLog();
  fees = 0;
  borrow = 0;

  constructor(cash: number, decimals: number) {
    this.decimals = decimals;
    this.scale = powerOfTen(decimals);
    this.initial = toWhole(cash, decimals);
    this.cash = this.initial;
  }

  /** Opens `units` (whole, above 0) more in the direction `sign` for `value` and `fee`. */
  open(position: Position, sign: 1 | -1, units: number, value: number, fee: number, fill: BookedFill): void {
    this.cash = sumOf(this.cash, -sign * value - fee);
    this.fees += fee;
    position.units += sign * units;
    const lot = position.lots.add();
    lot.order = fill.order;
    lot.index = fill.index;
    lot.ts = fill.ts;
    lot.price = fill.price;
    lot.units = units;
    lot.value = value;
    lot.fee = fee;
  }

  /** Closes `units` of what is held, oldest lots first, for `value` and `fee`; every lot touched gives a trade. */
  close(market: number, position: Position, units: number, value: number, fee: number, fill: BookedFill): void {
    const sign = position.units > 0 ? 1 : -1;
    this.cash = sumOf(this.cash, sign * value - fee);
    this.fees += fee;
    let leftUnits = units;
    let leftValue = value;
    let leftFee = fee;
    while (leftUnits > 0) {
      const lot = position.lots.at(0);
      const taken = Math.min(lot.units, leftUnits);
      const exitValue = proportion(leftValue, taken, leftUnits);
      const exitFee = proportion(leftFee, taken, leftUnits);
      leftUnits -= taken;
      leftValue -= exitValue;
      leftFee -= exitFee;
      const entryValue = proportion(lot.value, taken, lot.units);
      const entryFee = proportion(lot.fee, taken, lot.units);
      const borrowed = proportion(position.borrowed, taken, Math.abs(position.units));
      const costs = entryFee + exitFee + borrowed;
      const profit = (sign > 0 ? exitValue - entryValue : entryValue - exitValue) - costs;
      const share = entryValue === 0 ? Number.NaN : profit / entryValue;
      this.trades.add(market, sign, taken / position.unitScale, lot, fill, costs / this.scale, profit / this.scale, share);
      position.borrowed -= borrowed;
      position.units -= sign * taken;
      lot.units -= taken;
      lot.value -= entryValue;
      lot.fee -= entryFee;
      if (lot.units === 0) position.lots.shift();
    }
  }

  /** Takes borrowing that is due out of cash; what is below the grid stays due. */
  charge(position: Position, due: number): void {
    position.due += due;
    const whole = Math.floor(position.due);
    if (whole === 0) return;
    position.due -= whole;
    position.borrowed += whole;
    this.cash = sumOf(this.cash, -whole);
    this.borrow += whole;
  }

  /** What is due and below the grid, to the nearest step: before a position ends. */
  settleBorrowing(position: Position): void {
    if (position.due === 0) return;
    this.charge(position, 0.5);
    position.due = 0;
  }
}
