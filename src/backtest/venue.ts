import type { Now, OrderAsk } from "../strategy/bar-strategy.ts";
import { Account } from "./account.ts";
import type { Intent, Order } from "./backtest.ts";
import { checkAsk } from "./check-ask.ts";
import { CostModel } from "./cost-model.ts";
import { OrderLog, type Reason } from "./order-log.ts";
import { RestingOrder, type OrderKind, type Sign } from "./resting-order.ts";
import type { BacktestSettings } from "./settings.ts";
import { TradedMarket, type OrderDesk } from "./traded-market.ts";
import type { Bars } from "../strategy/bars.ts";

/** The moment that the strategy is called at; one object for the whole run. */
class Moment implements Now {
  step = -1;
  equity = Number.NaN;
  cash = Number.NaN;
  readonly markets: readonly TradedMarket[];
  /** When the bars of each moment opened. */
  opened: Float64Array = new Float64Array(0);
  private readonly lengthMs: number;

  constructor(markets: readonly TradedMarket[], lengthMs: number) {
    this.markets = markets;
    this.lengthMs = lengthMs;
  }

  get ts(): number {
    return (this.opened[this.step] as number) + this.lengthMs;
  }
}

/** Where orders are asked for, rest and end: the state of a run. How they are filled is in bar-walk.ts and fill-order.ts. */
export class Venue implements OrderDesk {
  readonly settings: BacktestSettings;
  readonly account: Account;
  readonly costs: CostModel;
  readonly markets: readonly TradedMarket[];
  readonly log = new OrderLog();
  readonly intents: Intent[] | undefined;
  readonly now: Moment;
  /** Drawdown was too deep: nothing more is opened. */
  halted = false;
  brackets = 0;
  ambiguous = 0;
  gapped = 0;
  refused = 0;
  /** Whole money. */
  slippage = 0;
  readonly #used: RestingOrder[] = [];

  constructor(settings: BacktestSettings, bars: readonly Bars[], intents: boolean) {
    this.settings = settings;
    this.account = new Account(settings.account.cash, settings.account.decimals);
    this.costs = new CostModel(settings.costs, settings.account.decimals);
    this.markets = settings.instruments.map(
      (instrument, number) => new TradedMarket(number, instrument, bars[number] as Bars, settings.account.decimals, this),
    );
    this.now = new Moment(this.markets, settings.timeframeMs);
    this.intents = intents ? [] : undefined;
  }

  ask(market: TradedMarket, sign: Sign, ask: OrderAsk): number {
    checkAsk(ask, market.name);
    this.intents?.push({ step: this.now.step, market: market.number, act: sign > 0 ? "buy" : "sell", ask: { ...ask } });
    const kind = ask.type ?? "market";
    const order = this.newOrder(market, sign, kind, kind, this.firstIndex(market, kind));
    order.ask(ask);
    order.own = true;
    this.rest(market, order);
    return order.id;
  }

  exit(market: TradedMarket): number {
    if (market.held.units === 0) return 0;
    this.intents?.push({ step: this.now.step, market: market.number, act: "exit" });
    return this.askExit(market, true).id;
  }

  cancel(market: TradedMarket, id: number | undefined): void {
    this.intents?.push({ step: this.now.step, market: market.number, act: "cancel", ...(id !== undefined && { order: id }) });
    const lag = this.settings.lagBars;
    for (let at = 0; at < market.resting.length; at++) {
      const order = market.resting.at(at);
      if (!order.own || order.done || (id !== undefined && order.id !== id)) continue;
      if (lag === 0) this.end(market, order, "cancelled", "");
      else this.takeBackLater(market, order, this.nextIndex(market) - 1 + lag);
    }
  }

  /** A market order that takes the position to zero; the strategy's own or, after a drawdown, the engine's. */
  askExit(market: TradedMarket, own: boolean): RestingOrder {
    const order = this.newOrder(market, market.held.units > 0 ? -1 : 1, "market", "market", this.firstIndex(market, "market"));
    order.reduceOnly = true;
    order.whole = true;
    order.own = own;
    order.shownUnits = Math.abs(market.position);
    this.rest(market, order);
    return order;
  }

  newOrder(market: TradedMarket, sign: Sign, kind: OrderKind, type: Order["type"], fromIndex: number): RestingOrder {
    const order = this.#used.pop() ?? new RestingOrder();
    order.begin(this.log.next(), market.number, sign, kind, type, fromIndex);
    order.askedIndex = market.index;
    order.askedTs = this.now.ts;
    return order;
  }

  /** An order that is done and in no list any more. */
  release(order: RestingOrder): void {
    this.log.write(order);
    this.#used.push(order);
  }

  /** An order is done: it stays in its list until the bar's sweep. */
  end(market: TradedMarket, order: RestingOrder, state: Order["state"], why: Reason): void {
    if (order.done) return;
    order.done = true;
    order.state = state;
    order.why = why;
    if (state === "refused") this.refused += 1;
    if (order.own) market.pending -= 1;
  }

  /** Takes back exits of brackets: those of one bracket or, when the position they belong to has ended, all. */
  endBrackets(market: TradedMarket, bracket?: number): void {
    for (let at = 0; at < market.resting.length; at++) {
      const order = market.resting.at(at);
      if (order.bracket > 0 && (bracket === undefined || order.bracket === bracket)) this.end(market, order, "cancelled", "bracket");
    }
  }

  /** Cash and positions in money, this market's valued at `price`, the others' at their last closes. */
  equityAt(market: TradedMarket, price: number): number {
    let equity = this.account.cash / this.account.scale + (market.held.units === 0 ? 0 : market.position * price);
    if (this.markets.length === 1) return equity;
    for (const other of this.markets) if (other !== market && other.held.units !== 0) equity += other.position * other.mark;
    return equity;
  }

  /** Borrowing of a short position up to `ts`. */
  accrue(market: TradedMarket, ts: number, price: number): void {
    const held = market.held;
    if (held.units >= 0 || !(ts > held.dueSince)) return;
    this.account.charge(held, -market.position * price * this.costs.borrowRate * (ts - held.dueSince) * this.account.scale);
    held.dueSince = ts;
  }

  /** The market's first bar that opens at this moment or later. */
  private nextIndex(market: TradedMarket): number {
    let next = market.index + 1;
    if (!market.fresh) while (next < market.bars.length && (market.bars.ts[next] as number) < this.now.ts) next += 1;
    return next;
  }

  private firstIndex(market: TradedMarket, kind: OrderKind): number {
    const thisClose = kind === "market" && market.fresh && this.settings.fill === "this-close";
    return (thisClose ? market.index : this.nextIndex(market)) + this.settings.lagBars;
  }

  private rest(market: TradedMarket, order: RestingOrder): void {
    market.resting.push(order);
    if (order.own) market.pending += 1;
    if (this.halted) this.end(market, order, "refused", "drawdown");
  }

  /** With a lag, a taking back is late as well: otherwise an order that is replaced every bar would never live. */
  private takeBackLater(market: TradedMarket, order: RestingOrder, index: number): void {
    order.cancelIndex = index;
    order.own = false;
    market.pending -= 1;
  }
}
