import { AgentctlError } from "../base/errors.ts";
import type { BarStrategy, Market, Now, OrderAsk, Setup } from "./bar-strategy.ts";
import type { SignalColumns } from "./signal-columns.ts";

/** A change of weight below this share of equity, or of less than one unit, is left: following every price would pay costs for nothing. Leaving a position is always done. */
const rebalanceThreshold = 0.01;

/**
 * Trades signal columns, one a market, in the order of the markets:
 * - an entry opens a position at the strategy's sizing; an opposite position is closed first. An entry in the direction that is held or on its way is
 *   ignored, but for a resting one whose price has changed: it is replaced.
 * - an exit closes what is held in its direction, and takes back an entry that still rests.
 * - exit and entry of one direction in one row: the exit counts. Entries of both directions in one row: neither counts.
 * - with weights, the position follows the share of equity, from `rebalanceThreshold` and a whole unit on.
 * Errors: strategy/bad-signal (columns of another length; a limit and a stop in one row).
 */
export function signalStrategy(columns: readonly SignalColumns[]): BarStrategy {
  return new SignalStrategy(columns.map((each) => new MarketSignals(each)));
}

class SignalStrategy implements BarStrategy {
  private readonly signals: readonly MarketSignals[];

  constructor(signals: readonly MarketSignals[]) {
    this.signals = signals;
  }

  start(setup: Setup): void {
    if (setup.markets.length !== this.signals.length) {
      throw new AgentctlError("strategy/bad-signal", `there are signals of ${this.signals.length} markets and ${setup.markets.length} markets`);
    }
    for (let market = 0; market < this.signals.length; market++) setup.warmup((this.signals[market] as MarketSignals).warmup, market);
  }

  onBar(now: Now): void {
    const { signals } = this;
    for (let number = 0; number < signals.length; number++) {
      const market = now.markets[number] as Market;
      if (market.fresh) (signals[number] as MarketSignals).act(market, now.equity);
    }
  }
}

class MarketSignals {
  readonly warmup: number;
  private readonly columns: SignalColumns;
  private readonly any: Uint8Array;
  /** The direction that has been asked for and may still be on its way. */
  private wanted = 0;
  /** Number and price of the entry that rests at a price of its own; 0 is none. */
  private entry = 0;
  private entryPrice = Number.NaN;

  constructor(columns: SignalColumns) {
    const { enterLong, exitLong, enterShort, exitShort } = columns;
    this.columns = columns;
    this.warmup = columns.warmup;
    this.any = new Uint8Array(enterLong.length);
    for (let t = 0; t < this.any.length; t++) {
      this.any[t] = (enterLong[t] as number) | (exitLong[t] as number) | (enterShort[t] as number) | (exitShort[t] as number);
    }
  }

  act(market: Market, equity: number): void {
    const t = market.index;
    const { weight } = this.columns;
    if (t < this.warmup) return;
    if (weight !== undefined) rebalance(market, equity, weight[t] as number, this.columns);
    else if (this.any[t] !== 0) this.follow(market, t);
  }

  private follow(market: Market, t: number): void {
    const { enterLong, exitLong, enterShort, exitShort } = this.columns;
    if (market.pending === 0) {
      this.wanted = Math.sign(market.position);
      this.entry = 0;
    }
    const leaves = (this.wanted > 0 && exitLong[t] !== 0) || (this.wanted < 0 && exitShort[t] !== 0);
    if (leaves) this.leave(market);
    const long = enterLong[t] !== 0 && exitLong[t] === 0;
    const short = enterShort[t] !== 0 && exitShort[t] === 0;
    if (long !== short) this.enter(market, t, long ? 1 : -1);
  }

  private leave(market: Market): void {
    if (this.entry !== 0) market.cancel(this.entry);
    this.entry = 0;
    market.exit();
    this.wanted = 0;
  }

  private enter(market: Market, t: number, direction: 1 | -1): void {
    const limit = at(this.columns.limit, t);
    const stop = at(this.columns.stop, t);
    const price = limit ?? stop ?? Number.NaN;
    if (this.wanted === direction && (this.entry === 0 || Object.is(price, this.entryPrice))) return;
    if (this.wanted !== 0 && this.wanted !== direction) this.leave(market);
    if (this.entry !== 0) market.cancel(this.entry);
    const ask = this.ask(t, limit, stop);
    const order = direction > 0 ? market.buy(ask) : market.sell(ask);
    this.wanted = direction;
    this.entry = Number.isNaN(price) ? 0 : order;
    this.entryPrice = price;
  }

  private ask(t: number, limit: number | undefined, stop: number | undefined): OrderAsk {
    const { columns } = this;
    if (limit !== undefined && stop !== undefined) throw new AgentctlError("strategy/bad-signal", `row ${t} has an entry with a limit and a stop price`);
    const ask: OrderAsk = { type: limit === undefined ? (stop === undefined ? "market" : "stop") : "limit" };
    if (limit !== undefined) ask.limit = limit;
    if (stop !== undefined) ask.stop = stop;
    return withExits(ask, columns, t);
  }
}

/** Adds the exits that the columns have for an entry at this row. */
function withExits(ask: OrderAsk, columns: SignalColumns, t: number): OrderAsk {
  const stopLoss = at(columns.stopLoss, t);
  const takeProfit = at(columns.takeProfit, t);
  const trailingStop = at(columns.trailingStop, t);
  if (stopLoss !== undefined) ask.stopLoss = stopLoss;
  if (takeProfit !== undefined) ask.takeProfit = takeProfit;
  if (trailingStop !== undefined) ask.trailingStop = trailingStop;
  return ask;
}

/** NaN is none. */
function at(column: Float64Array | undefined, t: number): number | undefined {
  const value = column?.[t];
  return value === undefined || Number.isNaN(value) ? undefined : value;
}

/** What grows is bought for money, with its costs, so that a weight of 1 is never more than there is; what shrinks is sold in units. */
function rebalance(market: Market, equity: number, weight: number, columns: SignalColumns): void {
  if (Number.isNaN(weight) || market.pending > 0) return;
  const price = market.close;
  if (!(price > 0) || !(equity > 0)) return;
  const wanted = weight * equity;
  const held = market.position * price;
  const least = Math.max(rebalanceThreshold * equity, market.unit * price);
  const turns = wanted * held < 0;
  if (held !== 0 && (turns || wanted === 0)) market.exit();
  if (turns || held === 0) {
    if (Math.abs(wanted) >= least) trade(market, wanted > 0, withExits({ value: Math.abs(wanted) }, columns, market.index));
    return;
  }
  const change = wanted - held;
  if (wanted === 0 || Math.abs(change) < least) return;
  const grows = Math.abs(wanted) > Math.abs(held);
  const ask = grows ? withExits({ value: Math.abs(change) }, columns, market.index) : { units: Math.abs(change) / price, reduceOnly: true };
  trade(market, change > 0, ask);
}

function trade(market: Market, buys: boolean, ask: OrderAsk): void {
  if (buys) market.buy(ask);
  else market.sell(ask);
}
