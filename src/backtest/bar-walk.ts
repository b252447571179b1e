import { fillOrder } from "./fill-order.ts";
import type { RestingOrder } from "./resting-order.ts";
import type { TradedMarket } from "./traded-market.ts";
import type { Venue } from "./venue.ts";

/** What of a bar fills which order, where and in which order: fill-model.md says it in words, and each case there has a test of its own. */

/** Fills at the open. `shrinking`: only orders that make a position smaller, which go first over all markets. */
export function walkOpen(venue: Venue, market: TradedMarket, shrinking: boolean): void {
  const open = market.open;
  const index = market.index;
  for (let at = 0; at < market.resting.length; at++) {
    const order = market.resting.at(at);
    if (order.done || order.fromIndex > index || (shrinking && !shrinks(market, order))) continue;
    if (order.kind === "market") {
      if (venue.settings.fill === "next-open") fillOrder(venue, market, order, open, "open", true);
      continue;
    }
    if (order.kind === "trailing") raiseBest(order, Number.NaN, open);
    const level = order.level();
    const beyond = order.way() === "up" ? open - level : level - open;
    if (order.isLimit()) {
      // It rested only if it was there before this open.
      if (beyond > 0) fillOrder(venue, market, order, open, "open", order.fromIndex === index || order.bornIndex === index);
    } else if (beyond >= 0) {
      if (order.kind === "stop-limit") {
        order.triggered = true;
        if (order.sign * (order.limit - open) >= 0) fillOrder(venue, market, order, open, "open", true);
      } else if (fillOrder(venue, market, order, open, "open", true) && beyond > 0) venue.gapped += 1;
    }
    if (order.kind === "trailing") raiseBest(order, open, open);
  }
}

/** Fills between open and close. The way on which what is held loses goes first; when nothing is held, that of the order asked for first. */
export function walkRange(venue: Venue, market: TradedMarket): void {
  const down = firstTouched(market, "down");
  const up = firstTouched(market, "up");
  if (down !== undefined && up !== undefined) markDoubtful(venue, market);
  const flatFirst = up === undefined || (down !== undefined && down.id < up.id) ? "down" : "up";
  const first = market.held.units === 0 ? flatFirst : market.held.units > 0 ? "down" : "up";
  walkWay(venue, market, first);
  walkWay(venue, market, first === "down" ? "up" : "down");
  walkClose(venue, market);
}

/** Market orders at the close that they were asked at (fill this-close). */
export function walkThisClose(venue: Venue, market: TradedMarket, shrinking: boolean): void {
  for (let at = 0; at < market.resting.length; at++) {
    const order = market.resting.at(at);
    if (order.done || order.kind !== "market" || order.fromIndex > market.index || (shrinking && !shrinks(market, order))) continue;
    fillOrder(venue, market, order, market.close, "close", true);
  }
}

/** After a bar: expiry, late takings back, and done orders out of the list. */
export function sweep(venue: Venue, market: TradedMarket): void {
  const { resting, index } = market;
  for (let at = 0; at < resting.length; at++) {
    const order = resting.at(at);
    if (!order.done && order.cancelIndex >= 0 && order.cancelIndex <= index) venue.end(market, order, "cancelled", "");
    if (!order.done && order.lastIndex >= 0 && order.lastIndex <= index) venue.end(market, order, "expired", "");
  }
  sweepDone(venue, market);
}

/** Done orders out of the list. */
export function sweepDone(venue: Venue, market: TradedMarket): void {
  const { resting } = market;
  let kept = 0;
  for (let at = 0; at < resting.length; at++) {
    const order = resting.at(at);
    if (order.done) venue.release(order);
    else resting.keep(kept++, order);
  }
  resting.length = kept;
}

function shrinks(market: TradedMarket, order: RestingOrder): boolean {
  const { held } = market;
  if (held.units * order.sign >= 0) return false;
  return order.reduceOnly || order.units * held.unitScale <= Math.abs(held.units);
}

/** From the open in one direction, nearest price first. Exits of an entry on this very way are met further on, so they belong to it too. */
function walkWay(venue: Venue, market: TradedMarket, way: "down" | "up"): void {
  for (let order = nearest(market, way); order !== undefined; order = nearest(market, way)) {
    const level = order.level();
    const brackets = venue.brackets;
    if (order.kind === "stop-limit" && !order.triggered) {
      order.triggered = true;
      order.bornIndex = market.index;
      order.bornPlace = way;
      if (order.sign * (order.limit - level) >= 0) fillOrder(venue, market, order, level, way, true);
    } else fillOrder(venue, market, order, level, way, !order.isLimit());
    if (venue.brackets > brackets) judgeNewExits(venue, market, level, way);
  }
}

/** Whether this bar's prices after the open touch an order for certain: a stop by reaching its price, a limit only by trading through it. */
function touched(market: TradedMarket, order: RestingOrder, way: "down" | "up"): boolean {
  if (order.done || order.kind === "market" || order.fromIndex > market.index || order.way() !== way) return false;
  if (order.bornIndex === market.index && order.bornPlace !== way) return false;
  const through = way === "down" ? order.level() - market.low : market.high - order.level();
  return order.isLimit() ? through > 0 : through >= 0;
}

function firstTouched(market: TradedMarket, way: "down" | "up"): RestingOrder | undefined {
  for (let at = 0; at < market.resting.length; at++) if (touched(market, market.resting.at(at), way)) return market.resting.at(at);
  return undefined;
}

function nearest(market: TradedMarket, way: "down" | "up"): RestingOrder | undefined {
  let found: RestingOrder | undefined;
  for (let at = 0; at < market.resting.length; at++) {
    const order = market.resting.at(at);
    if (!touched(market, order, way)) continue;
    if (found === undefined || (way === "down" ? order.level() > found.level() : order.level() < found.level())) found = order;
  }
  return found;
}

/**
 * Exits of the entry that was just filled at `level` between open and close. On the losing side already: filled there at once. A stop on the other way is
 * reached where the bar leaves it open whether its price came before or after the entry; where the open itself lay beyond it, its price is from before.
 */
function judgeNewExits(venue: Venue, market: TradedMarket, level: number, way: "down" | "up"): void {
  for (let at = 0; at < market.resting.length; at++) {
    const exit = market.resting.at(at);
    if (exit.done || exit.bracket !== venue.brackets) continue;
    const exitWay = exit.way();
    const exitLevel = exit.level();
    const beyond = exitWay === "up" ? level - exitLevel : exitLevel - level;
    if (beyond > 0 || (beyond === 0 && !exit.isLimit())) fillOrder(venue, market, exit, level, way, true);
    else if (!exit.isLimit() && exitWay !== way && inDoubt(market, exitLevel, exitWay)) {
      markDoubtful(venue, market);
      fillOrder(venue, market, exit, exitLevel, exitWay, true);
    }
  }
}

function inDoubt(market: TradedMarket, level: number, way: "down" | "up"): boolean {
  return way === "down" ? market.open > level && market.low <= level : market.open < level && market.high >= level;
}

/** What only the close can tell: it is the last price, so what lies through it was met after everything else. */
function walkClose(venue: Venue, market: TradedMarket): void {
  const { close, index } = market;
  for (let at = 0; at < market.resting.length; at++) {
    const order = market.resting.at(at);
    if (order.done || order.kind === "market" || order.fromIndex > index) continue;
    const way = order.way();
    const born = order.bornIndex === index;
    if (order.kind === "trailing") {
      const follows = !born || (order.bornPlace !== way && order.bornPlace !== "late");
      raiseBest(order, follows ? (order.sign < 0 ? market.high : market.low) : close, close);
    } else if (!born || order.bornPlace === way) continue;
    const level = order.level();
    const beyond = way === "up" ? close - level : level - close;
    const brackets = venue.brackets;
    if (order.isLimit() ? beyond > 0 : beyond >= 0) fillOrder(venue, market, order, level, "late", !order.isLimit());
    if (venue.brackets > brackets) judgeNewExits(venue, market, level, way);
  }
}

/** A trailing order follows the best of these prices: the highest for a sale, the lowest for a purchase. */
function raiseBest(order: RestingOrder, reached: number, now: number): void {
  if (Number.isNaN(order.best)) order.best = now;
  else if (reached * order.sign < order.best * order.sign) order.best = reached;
}

function markDoubtful(venue: Venue, market: TradedMarket): void {
  if (!market.doubtful) venue.ambiguous += 1;
  market.doubtful = true;
}
