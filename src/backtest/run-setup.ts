import { AgentctlError } from "../base/errors.ts";
import type { IndicatorOptions, ParameterValues, Series, Setup } from "../strategy/bar-strategy.ts";
import { barColumns, type BarColumn, type Bars } from "../strategy/bars.ts";
import { indicators } from "../strategy/indicators.ts";
import { completeSettings, type Indicator } from "../strategy/indicators/indicator.ts";
import { lastClosed, resample } from "../strategy/resample.ts";
import { timeframeMs } from "../strategy/timeframe.ts";
import type { TradedMarket } from "./traded-market.ts";

/** What a strategy may ask for before its first bar. Indicators are computed over the whole column at once and shown bar by bar. */
export class RunSetup implements Setup {
  readonly parameters: ParameterValues;
  readonly markets: readonly string[];
  /** Bars that each market's indicators need before they are numbers. */
  readonly needed: number[];
  /** Moments of the run in which nothing is asked. */
  moments = 0;
  readonly #traded: readonly TradedMarket[];
  readonly #timeframeMs: number;

  constructor(parameters: ParameterValues, traded: readonly TradedMarket[], timeframeMs: number) {
    this.parameters = parameters;
    this.markets = traded.map(({ name }) => name);
    this.needed = traded.map(() => 0);
    this.#traded = traded;
    this.#timeframeMs = timeframeMs;
  }

  indicator(market: number, name: string, options: IndicatorOptions = {}): Series {
    const traded = this.#market(market);
    const indicator = Object.hasOwn(indicators, name) ? indicators[name] : undefined;
    if (indicator === undefined) {
      throw new AgentctlError("strategy/unknown-indicator", `there is no indicator ${name}`, { hint: `there are ${Object.keys(indicators).join(", ")}` });
    }
    const { of = "close", output = indicator.outputs[0], timeframe, ...given } = options;
    const settings = completeSettings(indicator, given as Record<string, number>);
    const at = indicator.outputs.indexOf(output as string);
    if (at < 0) throw new AgentctlError("strategy/bad-setting", `${name} has no output ${output}; it has ${indicator.outputs.join(", ")}`);
    const warmup = indicator.warmup(settings);
    if (timeframe === undefined) {
      this.warmup(warmup, market);
      return new ColumnSeries(columnsOf(indicator, traded.bars, of, settings)[at] as Float64Array, traded);
    }
    const higherMs = timeframeMs(timeframe);
    const higher = resample(traded.bars, higherMs);
    const column = columnsOf(indicator, higher, of, settings)[at] as Float64Array;
    const closed = lastClosed(traded.bars, this.#timeframeMs, higher, higherMs);
    const warm = closed.findIndex((bar) => bar >= warmup);
    this.warmup(warm < 0 ? traded.bars.length : warm, market);
    return new ColumnSeries(
      Float64Array.from(closed, (bar) => (bar < 0 ? Number.NaN : (column[bar] as number))),
      traded,
    );
  }

  warmup(bars: number, market?: number): void {
    if (!(Number.isInteger(bars) && bars >= 0)) throw new AgentctlError("strategy/bad-warmup", `a warm-up is a whole number of bars, not ${bars}`);
    if (market === undefined) this.moments = Math.max(this.moments, bars);
    else {
      this.#market(market);
      this.needed[market] = Math.max(this.needed[market] ?? 0, bars);
    }
  }

  #market(market: number): TradedMarket {
    const traded = this.#traded[market];
    if (traded === undefined) throw new AgentctlError("strategy/unknown-market", `there is no market ${market}; there are ${this.markets.length}, from 0`);
    return traded;
  }
}

function columnsOf(indicator: Indicator, bars: Bars, of: string, settings: Readonly<Record<string, number>>): Float64Array[] {
  if (of === "ts" || !barColumns.includes(of as BarColumn)) {
    throw new AgentctlError("strategy/bad-setting", `${indicator.name} cannot read ${of}; bars have open, high, low, close and volume`);
  }
  const inputs = indicator.inputs.map((input) => bars[input === "of" ? (of as BarColumn) : input]);
  return indicator.column(inputs, settings);
}

/** A column shown up to the market's bar that is now. */
class ColumnSeries implements Series {
  readonly #column: Float64Array;
  readonly #market: TradedMarket;

  constructor(column: Float64Array, market: TradedMarket) {
    this.#column = column;
    this.#market = market;
  }

  get now(): number {
    const index = this.#market.index;
    return index < 0 ? Number.NaN : (this.#column[index] as number);
  }

  ago(bars: number): number {
    if (!(bars >= 0))
      throw new AgentctlError("strategy/future", `a strategy asked for a value ${-bars === 1 ? "1 bar" : `${-bars} bars`} ahead`, {
        hint: "ago(0) is now, ago(1) the bar before",
      });
    const index = this.#market.index - bars;
    return index < 0 ? Number.NaN : (this.#column[index] ?? Number.NaN);
  }
}
