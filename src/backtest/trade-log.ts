import type { Trade } from "./backtest.ts";
import type { Lot } from "./position.ts";
import { RowBlocks } from "./row-blocks.ts";

const exits = ["signal", "stop-loss", "take-profit", "trailing", "drawdown", "end"] as const satisfies readonly Trade["exit"][];

/** How a position changed; goes to the trade. */
export interface BookedFill {
  order: number;
  index: number;
  ts: number;
  price: number;
  exit: Trade["exit"];
  ambiguous: boolean;
}

/** Every trade, in the order in which they ended. */
export class TradeLog {
  readonly #rows = new RowBlocks(16);

  /** `sign` is that of the position; amounts in money. */
  add(market: number, sign: number, units: number, lot: Lot, fill: BookedFill, costs: number, profit: number, share: number): void {
    const row = this.#rows.add();
    const numbers = this.#rows.block(row);
    const at = this.#rows.offset(row);
    numbers[at] = market;
    numbers[at + 1] = sign;
    numbers[at + 2] = units;
    numbers[at + 3] = lot.order;
    numbers[at + 4] = lot.index;
    numbers[at + 5] = lot.ts;
    numbers[at + 6] = lot.price;
    numbers[at + 7] = fill.order;
    numbers[at + 8] = fill.index;
    numbers[at + 9] = fill.ts;
    numbers[at + 10] = fill.price;
    numbers[at + 11] = costs;
    numbers[at + 12] = profit;
    numbers[at + 13] = share;
    numbers[at + 14] = exits.indexOf(fill.exit);
    numbers[at + 15] = fill.ambiguous ? 1 : 0;
  }

  rows(): Trade[] {
    return Array.from({ length: this.#rows.count }, (_, index) => this.#row(index));
  }

  #row(index: number): Trade {
    const numbers = this.#rows.block(index);
    const offset = this.#rows.offset(index);
    const number = (place: number): number => numbers[offset + place] as number;
    return {
      market: number(0),
      side: number(1) > 0 ? "long" : "short",
      units: number(2),
      entryOrder: number(3),
      entryIndex: number(4),
      entryTs: number(5),
      entryPrice: number(6),
      exitOrder: number(7),
      exitIndex: number(8),
      exitTs: number(9),
      exitPrice: number(10),
      costs: number(11),
      profit: number(12),
      return: number(13),
      exit: exits[number(14)] as Trade["exit"],
      ambiguous: number(15) === 1,
    };
  }
}
