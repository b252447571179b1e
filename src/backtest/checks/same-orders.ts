import type { Order } from "../backtest.ts";

/**
 * Orders of the one that the other has not, both ways; equal ones are counted as often as they are there. Equal are those that asked for the same at the
 * same time, whatever became of them, with prices the same to so many digits.
 */
export function differing(one: readonly Order[], other: readonly Order[], digits = 12): Order[] {
  const price = (value: number): string => (Number.isNaN(value) ? "-" : value.toPrecision(digits));
  const askedFor = ({ market, askedTs, side, type, limit, stop }: Order): string => [market, askedTs, side, type, price(limit), price(stop)].join(" ");
  const left = new Map<string, Order[]>();
  for (const order of one) {
    const key = askedFor(order);
    left.set(key, [...(left.get(key) ?? []), order]);
  }
  const only = other.filter((order) => left.get(askedFor(order))?.pop() === undefined);
  return [...[...left.values()].flat(), ...only].toSorted((a, b) => a.askedTs - b.askedTs || a.id - b.id);
}
