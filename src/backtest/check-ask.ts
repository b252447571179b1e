import { AgentctlError } from "../base/errors.ts";
import type { OrderAsk, OrderType } from "../strategy/bar-strategy.ts";

const amounts = ["units", "value", "limit", "stop", "trail", "stopLoss", "takeProfit", "trailingStop"] as const;
/** Prices that a type needs; it may have no others of limit, stop and trail. */
const needs: Readonly<Record<OrderType, readonly string[]>> = {
  market: [],
  limit: ["limit"],
  stop: ["stop"],
  "stop-limit": ["limit", "stop"],
  trailing: ["trail"],
};
const prices = ["limit", "stop", "trail"] as const;

/** Refuses what cannot be an order, wherever it comes from. Errors: backtest/bad-order. */
export function checkAsk(ask: OrderAsk, market: string): void {
  if (ask.type === undefined && isPlain(ask)) return;
  const type = ask.type ?? "market";
  const needed = needs[type] as readonly string[] | undefined;
  if (needed === undefined) throw badOrder(market, `type ${type}`, `the types are ${Object.keys(needs).join(", ")}`);
  for (const name of amounts) {
    const amount = ask[name];
    if (amount !== undefined && !(amount > 0 && amount < Infinity))
      throw badOrder(market, `${name} ${amount}`, `${name} must be a number above 0, or not given`);
  }
  for (const name of prices) {
    const given = ask[name] !== undefined;
    if (!given && needed.includes(name)) throw badOrder(market, `type ${type} and no ${name}`, `give ${name} with type ${type}`);
    if (given && !needed.includes(name))
      throw badOrder(market, `${name} and type ${type}`, `an order of type ${type} has no ${name}: leave it out, or name the type`);
  }
  if (ask.units !== undefined && ask.value !== undefined) throw badOrder(market, "units and value", "give one of the two");
  if (ask.bars !== undefined && !(Number.isInteger(ask.bars) && ask.bars > 0))
    throw badOrder(market, `bars ${ask.bars}`, "bars must be a whole number above 0");
}

/** Most orders: at the market, with units, value or neither, and perhaps exits. Told without going through names. */
function isPlain({ units, value, limit, stop, trail, stopLoss, takeProfit, trailingStop, bars }: OrderAsk): boolean {
  if (limit !== undefined || stop !== undefined || trail !== undefined || bars !== undefined) return false;
  if (units !== undefined && value !== undefined) return false;
  return isAmount(units) && isAmount(value) && isAmount(stopLoss) && isAmount(takeProfit) && isAmount(trailingStop);
}

function isAmount(amount: number | undefined): boolean {
  return amount === undefined || (amount > 0 && amount < Infinity);
}

function badOrder(market: string, found: string, hint: string): AgentctlError {
  return new AgentctlError("backtest/bad-order", `an order in ${market} cannot have ${found}`, { hint });
}
