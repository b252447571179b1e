import type { Sizing } from "../strategy/strategy.ts";
import type { RestingOrder } from "./resting-order.ts";

/** Money that this fill may spend with its costs; NaN where its size is not told in money. `equity` at the price of the fill. */
export function moneyFor(order: RestingOrder, sizing: Sizing, equity: number): number {
  if (!Number.isNaN(order.units) || order.whole) return Number.NaN;
  if (!Number.isNaN(order.value)) return order.value;
  if (sizing.kind === "value") return sizing.value;
  return sizing.kind === "equity" ? sizing.share * equity : Number.NaN;
}

/** Units that `money` buys; `priceOf` tells the price after spread and slippage for so many units. */
export function affordable(money: number, base: number, fixedFee: number, feeShare: number, priceOf: (units: number) => number): number {
  const spendable = (money - fixedFee) / (1 + feeShare);
  return spendable > 0 ? spendable / priceOf(spendable / base) : 0;
}

/**
 * So many that reaching the stop-loss loses this share of equity, costs of the exit not counted. The order's own stop-loss, or `stopShare` of the price.
 * NaN without one, and with one that is not on the losing side.
 */
export function unitsAtRisk(order: RestingOrder, share: number, equity: number, price: number, stopShare: number): number {
  const distance = Number.isNaN(order.stopLoss) ? price * stopShare : order.sign * (price - order.stopLoss);
  return distance > 0 ? (share * equity) / distance : Number.NaN;
}

/** On the instrument's grid: whole units of 10^-unitDecimals, rounded down; what differs from a whole one by less than a billionth is that one. */
export function wholeUnits(units: number, unitScale: number): number {
  const scaled = units * unitScale;
  const nearest = Math.round(scaled);
  return Math.abs(scaled - nearest) <= 1e-9 * Math.max(1, Math.abs(scaled)) ? nearest : Math.floor(scaled);
}
