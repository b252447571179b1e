import { proportion, toWhole } from "../base/money.ts";
import { attachBracket } from "./brackets.ts";
import type { Place, RestingOrder } from "./resting-order.ts";
import { affordable, moneyFor, unitsAtRisk, wholeUnits } from "./sizing.ts";
import type { BookedFill } from "./trade-log.ts";
import type { TradedMarket } from "./traded-market.ts";
import type { Venue } from "./venue.ts";

/** A fill worked out and not yet booked; all whole numbers. */
interface Deal {
  units: number;
  /** Of these, those that open or enlarge a position. */
  opening: number;
  price: number;
  value: number;
  fee: number;
}

/**
 * Fills an order at `base`, the price without spread and slippage, or refuses it. `taker` pays spread, slippage and the taker's fee; the other one gets
 * `base` itself. Answers whether it was filled.
 */
export function fillOrder(venue: Venue, market: TradedMarket, order: RestingOrder, base: number, place: Place, taker: boolean): boolean {
  const held = market.held;
  const shrinks = held.units * order.sign < 0;
  if (order.reduceOnly && !shrinks) {
    venue.end(market, order, "cancelled", "reduce-only");
    return false;
  }
  const byMoney = Number.isNaN(order.units) && !order.whole;
  const money = byMoney ? moneyFor(order, venue.settings.sizing, venue.equityAt(market, base)) : Number.NaN;
  const deal = priced(venue, market, order, base, taker, money);
  if (!(deal.units > 0)) {
    venue.end(market, order, "refused", "size");
    return false;
  }
  deal.opening = shrinks ? Math.max(0, deal.units - Math.abs(held.units)) : deal.units;
  const why = deal.opening > 0 ? forbidden(venue, market, order, deal) : "";
  if (why !== "") {
    venue.end(market, order, "refused", why);
    return false;
  }
  book(venue, market, order, base, place, deal);
  return true;
}

/** Whole units: what was asked for or what sizing makes of it, at most the position where it may only shrink. */
function dealtUnits(venue: Venue, market: TradedMarket, order: RestingOrder, base: number, taker: boolean, money: number): number {
  const { held } = market;
  if (order.whole) return Math.abs(held.units);
  const whole = wholeUnits(wantedUnits(venue, market, order, base, taker, money), held.unitScale);
  return order.reduceOnly ? Math.min(whole, Math.abs(held.units)) : whole;
}

function wantedUnits(venue: Venue, market: TradedMarket, order: RestingOrder, base: number, taker: boolean, money: number): number {
  if (!Number.isNaN(order.units)) return order.units;
  const { sizing, risk } = venue.settings;
  const priceOf = (units: number): number => dealtPrice(venue, market, order, base, taker, units);
  if (!Number.isNaN(money)) return affordable(money, base, venue.costs.fixed / venue.account.scale, venue.costs.feeShare(!taker), priceOf);
  if (sizing.kind === "risk") return unitsAtRisk(order, sizing.share, venue.equityAt(market, base), priceOf(0), risk.stopLoss ?? Number.NaN);
  return sizing.kind === "units" ? sizing.units : Number.NaN;
}

function dealtPrice(venue: Venue, market: TradedMarket, order: RestingOrder, base: number, taker: boolean, units: number): number {
  if (!taker) return base;
  const price = venue.costs.takerPrice(base, order.sign, units, market.bars, market.index);
  if (order.kind !== "limit" && order.kind !== "stop-limit") return price;
  return order.sign > 0 ? Math.min(price, order.limit) : Math.max(price, order.limit);
}

/** Price, value and fee; where the size is told in money, fewer units until value and fee are within it. */
function priced(venue: Venue, market: TradedMarket, order: RestingOrder, base: number, taker: boolean, money: number): Deal {
  const { held } = market;
  let units = dealtUnits(venue, market, order, base, taker, money);
  if (!(units > 0)) return { units: 0, opening: 0, price: 0, value: 0, fee: 0 };
  const price = toWhole(Math.max(0, dealtPrice(venue, market, order, base, taker, units / held.unitScale)), held.priceDecimals);
  let value = held.value(price, units);
  let fee = venue.costs.fee(value, !taker);
  const most = Number.isNaN(money) ? Infinity : money * venue.account.scale;
  while (value + fee > most && units > 0) {
    units -= Math.max(1, Math.floor((units * (value + fee - most)) / (value + fee)));
    value = held.value(price, units);
    fee = venue.costs.fee(value, !taker);
  }
  return { units, opening: 0, price, value, fee };
}

/** Why a deal that opens something may not be; empty when it may. Judged as if booked at its own price. */
function forbidden(venue: Venue, market: TradedMarket, order: RestingOrder, deal: Deal): "" | "drawdown" | "positions" | "leverage" | "cash" {
  if (venue.halted) return "drawdown";
  const { leverage, positions } = venue.settings.risk;
  const held = market.held;
  const price = deal.price / held.priceScale;
  const cash = (venue.account.cash - order.sign * deal.value - deal.fee) / venue.account.scale;
  const position = (held.units + order.sign * deal.units) / held.unitScale;
  let gross = Math.abs(position) * price;
  let equity = cash + position * price;
  let open = 1;
  if (venue.markets.length > 1) {
    for (const other of venue.markets) {
      if (other === market || other.held.units === 0) continue;
      gross += Math.abs(other.position) * other.mark;
      equity += other.position * other.mark;
      open += 1;
    }
  }
  if (positions !== undefined && open > positions) return "positions";
  // One step of money and the last bits of doubles are no breach.
  if (gross <= leverage * equity * (1 + 1e-12) + 1 / venue.account.scale) return "";
  return leverage <= 1 && cash < 0 ? "cash" : "leverage";
}

function book(venue: Venue, market: TradedMarket, order: RestingOrder, base: number, place: Place, deal: Deal): void {
  const { held } = market;
  const { account, settings } = venue;
  const openTs = market.bars.ts[market.index] as number;
  const closeTs = openTs + settings.timeframeMs;
  const ts = place === "open" ? openTs : closeTs;
  const price = deal.price / held.priceScale;
  const fill: BookedFill = { order: order.id, index: market.index, ts, price, exit: order.exit, ambiguous: market.doubtful };
  const closing = deal.units - deal.opening;
  const closingValue = deal.opening === 0 ? deal.value : held.value(deal.price, closing);
  const openingValue = closing === 0 ? deal.value : held.value(deal.price, deal.opening);
  const closingFee = closing === 0 ? 0 : proportion(deal.fee, closing, deal.units);
  if (held.units < 0) venue.accrue(market, closing > 0 ? ts : openTs, market.mark > 0 ? market.mark : price);
  if (closing > 0) {
    if (closing === Math.abs(held.units)) account.settleBorrowing(held);
    account.close(market.number, held, closing, closingValue, closingFee, fill);
  }
  if (deal.opening > 0) {
    if (held.units === 0) held.dueSince = place === "close" ? closeTs : openTs;
    account.open(held, order.sign, deal.opening, openingValue, deal.fee - closingFee, fill);
  }
  market.refresh();
  order.shownUnits = deal.units / held.unitScale;
  order.filledIndex = market.index;
  order.filledTs = ts;
  order.price = price;
  order.fee = deal.fee / account.scale;
  if (price !== base) {
    const slipped = Math.abs(deal.value - held.value(toWhole(base, held.priceDecimals), deal.units));
    order.slippage = slipped / account.scale;
    venue.slippage += slipped;
  }
  venue.end(market, order, "filled", "");
  if (closing > 0 && (held.units === 0 || deal.opening > 0)) venue.endBrackets(market);
  else if (order.bracket > 0) venue.endBrackets(market, order.bracket);
  if (deal.opening > 0) attachBracket(venue, market, order, price, deal.opening / held.unitScale, place);
}

/** Closes what is open at its last price, as a taker. The close is no order; its trades have exit `end`. */
export function closeAtEnd(venue: Venue, market: TradedMarket): void {
  const { held } = market;
  const { account } = venue;
  const sign = held.units > 0 ? -1 : 1;
  const units = Math.abs(held.units);
  const slippedPrice = venue.costs.takerPrice(market.mark, sign, units / held.unitScale, market.bars, market.index);
  const whole = toWhole(Math.max(0, Number.isFinite(slippedPrice) ? slippedPrice : market.mark), held.priceDecimals);
  const value = held.value(whole, units);
  venue.slippage += Math.abs(value - held.value(toWhole(market.mark, held.priceDecimals), units));
  account.settleBorrowing(held);
  const ts = (market.bars.ts[market.index] as number) + venue.settings.timeframeMs;
  account.close(market.number, held, units, value, venue.costs.fee(value, false), {
    order: 0,
    index: market.index,
    ts,
    price: whole / held.priceScale,
    exit: "end",
    ambiguous: false,
  });
  market.refresh();
}
