import type { Order } from "./backtest.ts";
import type { RestingOrder } from "./resting-order.ts";
import { RowBlocks } from "./row-blocks.ts";

const types = ["market", "limit", "stop", "stop-limit", "trailing", "take-profit", "stop-loss"] as const satisfies readonly Order["type"][];
const states = ["open", "filled", "cancelled", "expired", "refused"] as const satisfies readonly Order["state"][];
const reasons = ["", "end", "cash", "leverage", "positions", "drawdown", "size", "bracket", "reduce-only"] as const;

/** Why an order was refused or cancelled, or is still open. */
export type Reason = (typeof reasons)[number];

/** What became of every order. */
export class OrderLog {
  readonly #rows = new RowBlocks(15);
  readonly #tags = new Map<number, string>();

  /** The number of the next order, from 1. */
  next(): number {
    return this.#rows.add() + 1;
  }

  /** Keeps an order as it stands. */
  write(order: RestingOrder): void {
    const numbers = this.#rows.block(order.id - 1);
    const at = this.#rows.offset(order.id - 1);
    numbers[at] = order.market;
    numbers[at + 1] = order.sign;
    numbers[at + 2] = types.indexOf(order.type);
    numbers[at + 3] = order.shownUnits;
    numbers[at + 4] = order.limit;
    numbers[at + 5] = order.stop;
    numbers[at + 6] = order.askedIndex;
    numbers[at + 7] = order.askedTs;
    numbers[at + 8] = states.indexOf(order.state);
    numbers[at + 9] = reasons.indexOf(order.why);
    numbers[at + 10] = order.filledIndex;
    numbers[at + 11] = order.filledTs;
    numbers[at + 12] = order.price;
    numbers[at + 13] = order.fee;
    numbers[at + 14] = order.slippage;
    if (order.tag !== "") this.#tags.set(order.id, order.tag);
  }

  rows(): Order[] {
    return Array.from({ length: this.#rows.count }, (_, index) => this.#row(index));
  }

  #row(index: number): Order {
    const numbers = this.#rows.block(index);
    const offset = this.#rows.offset(index);
    const number = (place: number): number => numbers[offset + place] as number;
    return {
      id: index + 1,
      market: number(0),
      side: number(1) > 0 ? "buy" : "sell",
      type: types[number(2)] as Order["type"],
      units: number(3),
      limit: number(4),
      stop: number(5),
      askedIndex: number(6),
      askedTs: number(7),
      state: states[number(8)] as Order["state"],
      why: reasons[number(9)] as Reason,
      filledIndex: number(10),
      filledTs: number(11),
      price: number(12),
      fee: number(13),
      slippage: number(14),
      tag: this.#tags.get(index + 1) ?? "",
    };
  }
}
