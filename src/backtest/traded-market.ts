import type { Market, OrderAsk } from "../strategy/bar-strategy.ts";
import type { Bars } from "../strategy/bars.ts";
import { Position } from "./position.ts";
import { RestingList } from "./resting-list.ts";
import type { Instrument } from "./settings.ts";

/** Takes what a strategy asks for. */
export interface OrderDesk {
  ask(market: TradedMarket, sign: 1 | -1, ask: OrderAsk): number;
  exit(market: TradedMarket): number;
  cancel(market: TradedMarket, order: number | undefined): void;
}

const nothing: OrderAsk = Object.freeze({});

/** A market as the strategy sees it, and what rests and is held in it. One object for the whole run; prices are read where they are asked for. */
export class TradedMarket implements Market {
  readonly name: string;
  readonly number: number;
  readonly unit: number;
  readonly bars: Bars;
  fresh = false;
  index = -1;
  position = 0;
  entryPrice = Number.NaN;
  pending = 0;
  /** Last close that is a price; what is held is valued at it. */
  mark = Number.NaN;
  readonly held: Position;
  /** In the order in which they went live; done ones are swept after the bar. */
  readonly resting = new RestingList();
  /** Whether orders on both ways from the open were touched in this bar. */
  doubtful = false;
  private readonly desk: OrderDesk;

  constructor(number: number, instrument: Instrument, bars: Bars, accountDecimals: number, desk: OrderDesk) {
    this.number = number;
    this.name = instrument.name;
    this.bars = bars;
    this.held = new Position(instrument, accountDecimals);
    this.unit = 1 / this.held.unitScale;
    this.desk = desk;
  }

  get open(): number {
    return this.index < 0 ? Number.NaN : (this.bars.open[this.index] as number);
  }
  get high(): number {
    return this.index < 0 ? Number.NaN : (this.bars.high[this.index] as number);
  }
  get low(): number {
    return this.index < 0 ? Number.NaN : (this.bars.low[this.index] as number);
  }
  get close(): number {
    return this.index < 0 ? Number.NaN : (this.bars.close[this.index] as number);
  }
  get volume(): number {
    return this.index < 0 ? Number.NaN : (this.bars.volume[this.index] as number);
  }

  buy(ask: OrderAsk = nothing): number {
    return this.desk.ask(this, 1, ask);
  }
  sell(ask: OrderAsk = nothing): number {
    return this.desk.ask(this, -1, ask);
  }
  exit(): number {
    return this.desk.exit(this);
  }
  cancel(order?: number): void {
    this.desk.cancel(this, order);
  }

  /** Whether this bar's open is a price; what is missing, zero or below is none. */
  opened(): boolean {
    const { open } = this;
    return open > 0 && open < Infinity;
  }

  /** Whether all four prices of this bar are prices: otherwise nothing is filled between open and close. */
  priced(): boolean {
    const { open, high, low, close } = this;
    return open > 0 && high > 0 && low > 0 && close > 0 && high < Infinity;
  }

  /** After the position has changed. */
  refresh(): void {
    this.position = this.held.units / this.held.unitScale;
    this.entryPrice = this.held.averagePrice();
  }
}
