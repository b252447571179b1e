import type { Order } from "./backtest.ts";
import { RestingOrder, type OrderKind, type Place } from "./resting-order.ts";
import type { TradedMarket } from "./traded-market.ts";
import type { Venue } from "./venue.ts";

/**
 * The exits of what an order has just opened at `price`: those it brought, else those of the strategy's risk. They live from the fill on, for its units,
 * and one that is filled takes back the others.
 */
export function attachBracket(venue: Venue, market: TradedMarket, entry: RestingOrder, price: number, units: number, place: Place): void {
  const { risk } = venue.settings;
  const stopLoss = Number.isNaN(entry.stopLoss) ? price * (1 - entry.sign * (risk.stopLoss ?? Number.NaN)) : entry.stopLoss;
  const takeProfit = Number.isNaN(entry.takeProfit) ? price * (1 + entry.sign * (risk.takeProfit ?? Number.NaN)) : entry.takeProfit;
  const trailingStop = Number.isNaN(entry.trailingStop) ? price * (risk.trailingStop ?? Number.NaN) : entry.trailingStop;
  const none = Number.isNaN(stopLoss) && Number.isNaN(takeProfit) && Number.isNaN(trailingStop);
  if (none) return;
  venue.brackets += 1;
  const add = (kind: OrderKind, type: Order["type"], exit: RestingOrder["exit"]): RestingOrder => {
    const order = venue.newOrder(market, entry.sign > 0 ? -1 : 1, kind, type, place === "close" ? market.index + 1 : market.index);
    order.tag = entry.tag;
    order.units = order.shownUnits = units;
    order.askedTs = entry.filledTs;
    order.reduceOnly = true;
    order.exit = exit;
    order.bracket = venue.brackets;
    if (place !== "open" && place !== "close") {
      order.bornIndex = market.index;
      order.bornPlace = place;
    }
    market.resting.push(order);
    return order;
  };
  if (!Number.isNaN(stopLoss)) {
    const order = add("stop", "stop-loss", "stop-loss");
    order.stop = stopLoss;
  }
  if (!Number.isNaN(trailingStop)) {
    const order = add("trailing", "trailing", "trailing");
    order.trail = trailingStop;
    order.best = price;
  }
  if (!Number.isNaN(takeProfit)) {
    const order = add("limit", "take-profit", "take-profit");
    order.limit = takeProfit;
  }
}
