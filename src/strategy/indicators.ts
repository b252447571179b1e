import { bollinger, donchian, stochastic } from "./indicators/bands.ts";
import type { Indicator } from "./indicators/indicator.ts";
import { macd } from "./indicators/macd.ts";
import { ema, sma, wma } from "./indicators/moving-averages.ts";
import { obv, vwap } from "./indicators/volume.ts";
import { adx, atr, rsi } from "./indicators/wilder.ts";

/** Every indicator by the name it has in expressions and in `setup.indicator`. */
export const indicators: Readonly<Record<string, Indicator>> = { sma, ema, wma, rsi, atr, macd, bollinger, stochastic, adx, donchian, obv, vwap };
