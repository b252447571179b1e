import { AgentctlError, messageOf } from "../base/errors.ts";
import { isoTime } from "../base/clock.ts";
import type { BarStrategy } from "../strategy/bar-strategy.ts";
import type { BacktestInput, BacktestResult, EquityCurve } from "./backtest.ts";
import { sweep, sweepDone, walkOpen, walkRange, walkThisClose } from "./bar-walk.ts";
import { closeAtEnd } from "./fill-order.ts";
import { nextMoment, planMoments, type Moments } from "./moments.ts";
import { RunSetup } from "./run-setup.ts";
import type { TradedMarket } from "./traded-market.ts";
import { Venue } from "./venue.ts";

/**
 * Trades a strategy over bars: synchronous and deterministic, so the same input gives the same result, bit for bit. How bars fill orders is in fill-model.md.
 * Bars are to be in order and columns of one length. Errors: strategy/threw (with the bar's time, the cause inside), backtest/bad-order, strategy/future,
 * base/amount-too-large.
 */
export function runBacktest(input: BacktestInput): BacktestResult {
  const { settings, bars, strategy, parameters } = input;
  if (bars.length === 0 || bars.length !== settings.instruments.length) {
    throw new AgentctlError("backtest/bad-input", `there are bars of ${bars.length} markets and ${settings.instruments.length} instruments`);
  }
  const venue = new Venue(settings, bars, input.intents === true);
  const setup = new RunSetup(parameters, venue.markets, settings.timeframeMs);
  strategy.start?.(setup);
  const moments = planMoments(bars, settings, setup.needed, setup.moments);
  const run = new Run(venue, strategy, moments);
  if (bars.length === 1) run.oneMarket();
  else run.manyMarkets();
  return run.result();
}

/** Bars that one call trades. The compiler gives its best to what is called often: one call over all bars would be compiled anew in the middle of every run. */
const stretch = 2048;

/** A property like any other, made when it is first read: most of a sweep never asks for its orders. */
function madeOnce(make: () => object): PropertyDescriptor {
  let made: object | undefined;
  return { enumerable: true, configurable: true, get: () => (made ??= make()) };
}

class Run {
  private readonly venue: Venue;
  private readonly strategy: BarStrategy;
  private readonly moments: Moments;
  private readonly curve: Omit<EquityCurve, "ts">;
  private peak: number;
  private openAtEnd = 0;

  constructor(venue: Venue, strategy: BarStrategy, moments: Moments) {
    const length = moments.count - moments.firstStep;
    this.venue = venue;
    this.strategy = strategy;
    this.moments = moments;
    this.curve = { length, equity: new Float64Array(length), exposure: new Float64Array(length) };
    venue.now.opened = moments.opened;
    this.peak = venue.settings.account.cash;
  }

  /** One market needs no clock but its own bars. */
  oneMarket(): void {
    const market = this.venue.markets[0] as TradedMarket;
    market.fresh = true;
    for (let from = this.moments.firstStep; from < this.moments.count; from += stretch)
      this.tradeStretch(market, from, Math.min(from + stretch, this.moments.count));
  }

  /** The loop that most backtests spend their time in. */
  private tradeStretch(market: TradedMarket, from: number, to: number): void {
    const { venue, moments, curve } = this;
    const { settings, account, now } = venue;
    const { resting, held } = market;
    const { close } = market.bars;
    const { equity: equities, exposure: exposures } = curve;
    const watched = settings.risk.drawdownMax !== undefined;
    const thisClose = settings.fill === "this-close";
    const first = moments.firstStep;
    let cash = account.cash / account.scale;
    let mark = market.mark;
    for (let index = from; index < to; index++) {
      market.index = index;
      const price = close[index] as number;
      if (resting.length > 0) {
        market.mark = mark;
        this.tradeOne(market);
        cash = account.cash / account.scale;
      }
      if (price > 0 && price < Infinity) mark = price;
      let equity = cash;
      now.step = index;
      if (held.units !== 0) {
        if (held.units < 0) {
          venue.accrue(market, now.ts, mark);
          cash = account.cash / account.scale;
        }
        const exposure = market.position * mark;
        exposures[index - first] = exposure;
        equity = cash + exposure;
      }
      equities[index - first] = equity;
      now.cash = cash;
      now.equity = equity;
      if (watched) this.watchDrawdown();
      this.callStrategy();
      if (thisClose && resting.length > 0) {
        market.mark = mark;
        this.fillThisClose(index);
        cash = account.cash / account.scale;
      }
    }
    market.mark = mark;
  }

  /** All markets on one clock. What closes at a moment trades first, then the strategy is called once. */
  manyMarkets(): void {
    const { venue } = this;
    const bars = venue.markets.map((market) => market.bars);
    const at = bars.map(() => 0);
    let step = 0;
    for (let ts = nextMoment(bars, at); ts < Infinity; ts = nextMoment(bars, at)) {
      for (const market of venue.markets) {
        market.fresh = market.bars.ts[market.index + 1] === ts;
        if (!market.fresh) continue;
        market.index += 1;
        at[market.number] = market.index + 1;
      }
      this.tradeMany();
      for (const market of venue.markets) if (market.fresh && market.close > 0 && market.close < Infinity) market.mark = market.close;
      this.closeMoment(step);
      step += 1;
    }
  }

  result(): BacktestResult {
    const { venue, moments, curve } = this;
    for (const market of venue.markets) {
      if (market.held.units !== 0) {
        this.openAtEnd += 1;
        closeAtEnd(venue, market);
      }
      for (let at = 0; at < market.resting.length; at++) {
        const order = market.resting.at(at);
        // What was taken back or refused at the last close has its reason already.
        if (!order.done) order.why = "end";
        venue.log.write(order);
      }
    }
    if (this.openAtEnd > 0 && curve.length > 0) {
      curve.equity[curve.length - 1] = venue.account.cash / venue.account.scale;
      curve.exposure[curve.length - 1] = 0;
    }
    const money = (whole: number): number => whole / venue.account.scale;
    const times = moments.opened.subarray(moments.firstStep);
    const result = {
      equity: Object.defineProperty(
        curve,
        "ts",
        madeOnce(() => times.map((ts) => ts + venue.settings.timeframeMs)),
      ) as EquityCurve,
      bars: moments.bars - moments.warmup,
      warmup: moments.warmup,
      firstStep: moments.firstStep,
      ambiguous: venue.ambiguous,
      gapped: venue.gapped,
      refused: venue.refused,
      openAtEnd: this.openAtEnd,
      fees: money(venue.account.fees),
      slippage: money(venue.slippage),
      borrow: money(venue.account.borrow),
      ...(venue.intents && { intents: venue.intents }),
    };
    return Object.defineProperties(result, {
      orders: madeOnce(() => venue.log.rows()),
      trades: madeOnce(() => venue.account.trades.rows()),
    }) as typeof result & Pick<BacktestResult, "orders" | "trades">;
  }

  private tradeOne(market: TradedMarket): void {
    const { venue } = this;
    market.doubtful = false;
    if (market.opened()) {
      if (market.resting.length > 1) walkOpen(venue, market, true);
      walkOpen(venue, market, false);
      sweepDone(venue, market);
    }
    if (market.resting.length === 0) return;
    if (market.priced()) walkRange(venue, market);
    sweep(venue, market);
  }

  private tradeMany(): void {
    const { venue } = this;
    const trading = venue.markets.filter((market) => market.fresh && market.resting.length > 0);
    for (const market of trading) market.doubtful = false;
    const opened = trading.filter((market) => market.opened());
    for (const market of opened) walkOpen(venue, market, true);
    for (const market of opened) walkOpen(venue, market, false);
    for (const market of trading) if (market.priced()) walkRange(venue, market);
    for (const market of trading) sweep(venue, market);
  }

  /** Values the account, asks the strategy and, where orders fill at this very close, fills them. */
  private closeMoment(step: number): void {
    const { venue, moments } = this;
    venue.now.step = step;
    for (const market of venue.markets) if (market.fresh && market.held.units < 0) venue.accrue(market, venue.now.ts, market.mark);
    if (step < moments.firstStep) return;
    this.value(step);
    this.watchDrawdown();
    this.callStrategy();
    if (venue.settings.fill === "this-close") this.fillThisClose(step);
  }

  private value(step: number): void {
    const { venue, curve, moments } = this;
    const { now } = venue;
    const cash = venue.account.cash / venue.account.scale;
    let exposure = 0;
    for (const market of venue.markets) if (market.held.units !== 0) exposure += market.position * market.mark;
    const row = step - moments.firstStep;
    curve.exposure[row] = exposure;
    curve.equity[row] = now.equity = cash + exposure;
    now.cash = cash;
  }

  private watchDrawdown(): void {
    const { venue } = this;
    const { now } = venue;
    const { drawdownMax } = venue.settings.risk;
    if (now.equity > this.peak) this.peak = now.equity;
    if (drawdownMax === undefined || venue.halted || now.equity > this.peak * (1 - drawdownMax)) return;
    for (const market of venue.markets) {
      for (let at = 0; at < market.resting.length; at++) venue.end(market, market.resting.at(at), "cancelled", "drawdown");
      if (market.held.units !== 0) venue.askExit(market, false).exit = "drawdown";
    }
    venue.halted = true;
  }

  private callStrategy(): void {
    const { now } = this.venue;
    try {
      this.strategy.onBar(now);
    } catch (thrown) {
      // Ours say what they are about: an order that cannot be one, a look ahead.
      if (thrown instanceof AgentctlError) throw thrown;
      throw new AgentctlError("strategy/threw", `the strategy threw at the bar that closed ${isoTime(now.ts)} (step ${now.step}): ${messageOf(thrown)}`, {
        cause: thrown,
      });
    }
  }

  private fillThisClose(step: number): void {
    const { venue } = this;
    const trading = venue.markets.filter((market) => market.fresh && market.resting.length > 0 && market.priced());
    if (trading.length === 0) return;
    for (const market of trading) market.doubtful = false;
    for (const market of trading) walkThisClose(venue, market, true);
    for (const market of trading) walkThisClose(venue, market, false);
    for (const market of trading) sweep(venue, market);
    this.value(step);
  }
}
