import { fromWhole, powerOfTen, proportion, sumOf, toWhole } from "../base/money.ts";
import type { Trade } from "./backtest.ts";
import type { Lot, Position } from "./position.ts";

/** Where and how a position changed; `price` and `ts` go to the trade. */
export interface BookedFill {
  order: number;
  index: number;
  ts: number;
  price: number;
  exit: Trade["exit"];
  ambiguous: boolean;
}

/** The one cash book of all markets. Every amount is a whole number of 10^-decimals of the account's currency: what goes out of cash is in a lot or a trade. */
export class Account {
  /** Whole units. */
  cash: number;
  readonly initial: number;
  readonly decimals: number;
  readonly scale: number;
  readonly trades: Trade[] = [];
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
    position.lots.push({ order: fill.order, index: fill.index, ts: fill.ts, price: fill.price, units, value, fee });
  }

  /** Closes `units` of what is held, oldest lots first, for `value` and `fee`; every lot touched gives a trade. */
  close(market: number, position: Position, units: number, value: number, fee: number, fill: BookedFill): void {
    const sign = position.units > 0 ? 1 : -1;
    this.cash = sumOf(this.cash, sign * value - fee);
    this.fees += fee;
    let left = { units, value, fee };
    while (left.units > 0) {
      const lot = position.lots[0] as Lot;
      const taken = Math.min(lot.units, left.units);
      const exit = { units: taken, value: proportion(left.value, taken, left.units), fee: proportion(left.fee, taken, left.units) };
      left = { units: left.units - taken, value: left.value - exit.value, fee: left.fee - exit.fee };
      const entry = { value: proportion(lot.value, taken, lot.units), fee: proportion(lot.fee, taken, lot.units) };
      const borrowed = proportion(position.borrowed, taken, Math.abs(position.units));
      const costs = entry.fee + exit.fee + borrowed;
      const profit = sign * (exit.value - entry.value) - costs;
      this.trades.push({
        market,
        side: sign > 0 ? "long" : "short",
        units: taken / position.unitScale,
        entryOrder: lot.order,
        entryIndex: lot.index,
        entryTs: lot.ts,
        entryPrice: lot.price,
        exitOrder: fill.order,
        exitIndex: fill.index,
        exitTs: fill.ts,
        exitPrice: fill.price,
        costs: fromWhole(costs, this.decimals),
        profit: fromWhole(profit, this.decimals),
        return: entry.value === 0 ? Number.NaN : profit / entry.value,
        exit: fill.exit,
        ambiguous: fill.ambiguous,
      });
      position.borrowed -= borrowed;
      position.units -= sign * taken;
      lot.units -= taken;
      lot.value -= entry.value;
      lot.fee -= entry.fee;
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
