import { AgentctlError } from "../base/errors.ts";
import type { ParameterValues } from "./bar-strategy.ts";
import type { Bars } from "./bars.ts";
import { ColumnCache } from "./expression/column-cache.ts";
import { Evaluation } from "./expression/evaluate.ts";
import { frameOf } from "./expression/frames.ts";
import { readExpressions, type Expressions } from "./expressions.ts";
import type { SignalColumns } from "./signal-columns.ts";
import type { SignalName, Strategy } from "./strategy.ts";

export { ColumnCache };

const compiled = new WeakMap<Strategy, Expressions>();

/** The expressions of a strategy that was read without errors; read once. Error: strategy/bad-expression. */
export function expressionsOf(strategy: Strategy): Expressions {
  let expressions = compiled.get(strategy);
  if (expressions === undefined) {
    expressions = readExpressions(strategy, (path, { message, hint }) => {
      throw new AgentctlError("strategy/bad-expression", `${strategy.name}: ${path.join(".")} ${message}`, { hint, exit: "usage" });
    });
    compiled.set(strategy, expressions);
  }
  return expressions;
}

/**
 * The signals of a declared strategy with these parameters over the bars of one market, at its timeframe. With a `cache`, whatever variants have in
 * common is computed once for all of them; columns of the answer may be shared, so read them only. Rows before `warmup` lack history of an indicator, and
 * are empty in the rules that need it. Errors (exit usage): strategy/bad-expression, strategy/bad-setting and strategy/bad-rows (a period that
 * these parameters make impossible), strategy/future, strategy/bad-timeframe.
 */
export function compileSignals(strategy: Strategy, parameters: ParameterValues, bars: Bars, cache: ColumnCache = new ColumnCache()): SignalColumns {
  const { rules } = expressionsOf(strategy);
  const frame = (name: string): ReturnType<typeof frameOf> => frameOf(bars, strategy.timeframe, strategy.timeframes[name] ?? "");
  const evaluation = new Evaluation({ bars, parameters, frame, cache });
  let warmup = 0;
  const column = (name: SignalName): Float64Array | Uint8Array | undefined => {
    const node = rules.get(name);
    if (node === undefined) return undefined;
    const made = evaluation.rule(node);
    warmup = Math.max(warmup, made.warmup);
    return made.values;
  };
  const condition = (name: SignalName): Uint8Array => (column(name) as Uint8Array | undefined) ?? nothing(bars, cache);
  const numbers = (name: SignalName): Record<string, Float64Array> => {
    const values = column(name) as Float64Array | undefined;
    return values === undefined ? {} : { [name]: values };
  };
  const conditions = {
    enterLong: condition("enterLong"),
    exitLong: condition("exitLong"),
    enterShort: condition("enterShort"),
    exitShort: condition("exitShort"),
  };
  const prices = Object.assign({}, ...(["limit", "stop", "stopLoss", "takeProfit", "trailingStop", "weight"] as const).map(numbers)) as Partial<SignalColumns>;
  return { ...conditions, ...prices, warmup };
}

/** The condition that never holds; all strategies over the same bars share it. */
function nothing(bars: Bars, cache: ColumnCache): Uint8Array {
  const key = `${cache.prefix(bars)}false`;
  const known = cache.get(key);
  if (known !== undefined) return known.values as Uint8Array;
  const values = new Uint8Array(bars.length);
  cache.set(key, { values, warmup: 0 });
  return values;
}
