import type { RestingOrder } from "./resting-order.ts";

/** Orders of one market in the order in which they went live. Its room is kept when it empties: most bars find it empty, and an array would give its memory back. */
export class RestingList {
  length = 0;
  readonly #orders: RestingOrder[] = [];

  at(place: number): RestingOrder {
    return this.#orders[place] as RestingOrder;
  }

  push(order: RestingOrder): void {
    if (this.length < this.#orders.length) this.#orders[this.length] = order;
    else this.#orders.push(order);
    this.length += 1;
  }

  /** Puts an order further to the front, while those that are done are left out. */
  keep(place: number, order: RestingOrder): void {
    this.#orders[place] = order;
  }
}
