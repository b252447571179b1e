import type { OrderAsk } from "../strategy/bar-strategy.ts";
import type { Order, Trade } from "./backtest.ts";
import type { Reason } from "./order-log.ts";

export type Sign = 1 | -1;
/** How an order comes to be filled; exits of a bracket are stops, limits or trailing ones. */
export type OrderKind = "market" | "limit" | "stop" | "stop-limit" | "trailing";
/** Where in a bar a fill is: at its open, on the way down or up from there, late (only the close is certain to come after it), or at its very close. */
export type Place = "open" | "down" | "up" | "late" | "close";

/** An order on its way, and what becomes of it. The object serves another order once it is done and logged. */
export class RestingOrder {
  id = 0;
  /** Index of its market. */
  market = 0;
  sign: Sign = 1;
  kind: OrderKind = "market";
  type: Order["type"] = "market";
  tag = "";
  askedIndex = -1;
  askedTs = Number.NaN;
  /** Units for the record: asked for, then dealt. */
  shownUnits = Number.NaN;
  state: Order["state"] = "open";
  why: Reason = "";
  filledIndex = -1;
  filledTs = Number.NaN;
  price = Number.NaN;
  /** Money. */
  fee = Number.NaN;
  slippage = Number.NaN;
  /** First bar of its market in which it can be filled. */
  fromIndex = 0;
  /** Last one; −1 is none. */
  lastIndex = -1;
  /** Taken back after this bar; −1 is none. */
  cancelIndex = -1;
  /** Units, money, distance and prices asked for; NaN is none. */
  units = Number.NaN;
  value = Number.NaN;
  limit = Number.NaN;
  stop = Number.NaN;
  trail = Number.NaN;
  stopLoss = Number.NaN;
  takeProfit = Number.NaN;
  trailingStop = Number.NaN;
  /** Of a trailing order: the best price so far. */
  best = Number.NaN;
  /** Asked for by the strategy, which may take it back. */
  own = false;
  reduceOnly = false;
  /** Takes the position to zero, whatever it is by then. */
  whole = false;
  exit: Trade["exit"] = "signal";
  /** Exits of one bracket share this number; 0 is none. */
  bracket = 0;
  done = false;
  /** Of a stop-limit: the trigger was touched, it is a limit now. */
  triggered = false;
  /** The bar in which it went live or was triggered between open and close, and on which way: what lies on the other way may be from before. */
  bornIndex = -1;
  bornPlace: Place = "open";

  /** As if made anew. */
  begin(id: number, market: number, sign: Sign, kind: OrderKind, type: Order["type"], fromIndex: number): void {
    this.id = id;
    this.market = market;
    this.sign = sign;
    this.kind = kind;
    this.type = type;
    this.fromIndex = fromIndex;
    this.tag = this.why = "";
    this.state = "open";
    this.filledIndex = this.lastIndex = this.cancelIndex = this.bornIndex = -1;
    this.filledTs = this.price = Number.NaN;
    this.fee = this.slippage = 0;
    this.units = this.value = this.limit = this.stop = this.trail = this.shownUnits = Number.NaN;
    this.stopLoss = this.takeProfit = this.trailingStop = this.best = Number.NaN;
    this.own = this.reduceOnly = this.whole = this.done = this.triggered = false;
    this.exit = "signal";
    this.bracket = 0;
    this.bornPlace = "open";
  }

  /** Takes over what was asked. */
  ask(ask: OrderAsk): void {
    if (ask.units !== undefined) this.units = this.shownUnits = ask.units;
    if (ask.value !== undefined) this.value = ask.value;
    if (ask.limit !== undefined) this.limit = ask.limit;
    if (ask.stop !== undefined) this.stop = ask.stop;
    if (ask.trail !== undefined) this.trail = ask.trail;
    if (ask.stopLoss !== undefined) this.stopLoss = ask.stopLoss;
    if (ask.takeProfit !== undefined) this.takeProfit = ask.takeProfit;
    if (ask.trailingStop !== undefined) this.trailingStop = ask.trailingStop;
    if (ask.tag !== undefined) this.tag = ask.tag;
    if (ask.bars !== undefined) this.lastIndex = this.fromIndex + ask.bars - 1;
    if (ask.reduceOnly === true) {
      this.reduceOnly = true;
      this.whole = ask.units === undefined && ask.value === undefined;
    }
  }

  /** Whether it waits for a price that is better for it than the market's. */
  isLimit(): boolean {
    return this.kind === "limit" || this.triggered;
  }

  /** The price at which it comes to life; NaN of a market order. */
  level(): number {
    if (this.isLimit()) return this.limit;
    return this.kind === "trailing" ? this.best + this.sign * this.trail : this.stop;
  }

  /** The way from the open on which its price lies. */
  way(): "down" | "up" {
    return this.sign > 0 === this.isLimit() ? "down" : "up";
  }
}
