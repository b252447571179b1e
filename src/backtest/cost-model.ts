import { decimalRate, powerOfTen, scaledProduct, toWhole, type DecimalRate } from "../base/money.ts";
import type { Costs } from "../strategy/strategy.ts";
import type { Bars } from "../strategy/bars.ts";

/** Days of a year of borrowing (actual/365). */
const yearMs = 365 * 86_400_000;

/** What trading costs, ready to be asked per fill. */
export class CostModel {
  readonly fixed: number;
  readonly taker: DecimalRate;
  readonly maker: DecimalRate;
  /** Of short value, an ms. */
  readonly borrowRate: number;
  private readonly halfSpread: number;
  private readonly slippage: Costs["slippage"];

  constructor(costs: Costs, accountDecimals: number) {
    this.fixed = toWhole(costs.fixed, accountDecimals);
    this.taker = decimalRate(costs.taker);
    this.maker = decimalRate(costs.maker);
    this.borrowRate = costs.borrow / yearMs;
    this.halfSpread = costs.spread / 2;
    this.slippage = costs.slippage;
  }

  /** Fee in whole money of a fill of this value (whole money). */
  fee(value: number, maker: boolean): number {
    const rate = maker ? this.maker : this.taker;
    return scaledProduct(value, rate.numerator, rate.decimals) + this.fixed;
  }

  /** The fee's share of the value. */
  feeShare(maker: boolean): number {
    const rate = maker ? this.maker : this.taker;
    return rate.numerator / powerOfTen(rate.decimals);
  }

  /** What one who takes the market's price pays (sign 1) or gets (−1) for `units` when the price without costs is `base`. */
  takerPrice(base: number, sign: number, units: number, bars: Bars, index: number): number {
    return base + sign * (base * this.halfSpread + this.slip(base, units, bars, index));
  }

  private slip(base: number, units: number, bars: Bars, index: number): number {
    const slippage = this.slippage;
    if (slippage.model === "none") return 0;
    if (slippage.model === "share") return base * slippage.share;
    if (slippage.model === "range") return ((bars.high[index] as number) - (bars.low[index] as number)) * slippage.share;
    const volume = bars.volume[index] as number;
    // A bar without volume counts as if the order were all of it.
    return base * slippage.impact * Math.sqrt(volume > 0 ? units / volume : 1);
  }
}
