import type { Order } from "../backtest.ts";

/** Digits of a price that two computations of the same indicator share, whatever history came before. */
const digits = 9;

/** What an order asked for and when, whatever became of it: equal texts are equal orders. */
export function askedFor(order: Order): string {
  return [order.market, order.askedTs, order.side, order.type, price(order.limit), price(order.stop)].join(" ");
}

/** Orders of the one that the other has not, both ways; equal ones are counted as often as they are there. */
export function differing(one: readonly Order[], other: readonly Order[]): Order[] {
  const left = new Map<string, Order[]>();
  for (const order of one) {
    const key = askedFor(order);
    left.set(key, [...(left.get(key) ?? []), order]);
  }
  const only = other.filter((order) => left.get(askedFor(order))?.pop() === undefined);
  return [...[...left.values()].flat(), ...only].toSorted((a, b) => a.askedTs - b.askedTs || a.id - b.id);
}

function price(value: number): string {
  return Number.isNaN(value) ? "-" : value.toPrecision(digits);
}
