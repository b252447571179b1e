import type { Order } from "../backtest.ts";

/** How alike orders have to be to be the same. */
export interface Alike {
  /** Digits of their prices. */
  digits?: number;
  /** Whether the units that one came to count as well: equal only when all before was equal. */
  dealt?: (order: Order) => boolean;
}

/**
 * Orders of the one that the other has not, both ways; equal ones are counted as often as they are there. Equal are those that asked for the same at the
 * same time, whatever became of them, with prices the same to so many digits.
 */
export function differing(one: readonly Order[], other: readonly Order[], { digits = 12, dealt = () => false }: Alike = {}): Order[] {
  const number = (value: number): string => (Number.isNaN(value) ? "-" : value.toPrecision(digits));
  const askedFor = (order: Order): string => {
    const { market, askedTs, side, type, limit, stop, units } = order;
    return [market, askedTs, side, type, number(limit), number(stop), dealt(order) ? number(units) : "-"].join(" ");
  };
  const left = new Map<string, Order[]>();
  for (const order of one) {
    const key = askedFor(order);
    left.set(key, [...(left.get(key) ?? []), order]);
  }
  const only = other.filter((order) => left.get(askedFor(order))?.pop() === undefined);
  return [...[...left.values()].flat(), ...only].toSorted((a, b) => a.askedTs - b.askedTs || a.id - b.id);
}
