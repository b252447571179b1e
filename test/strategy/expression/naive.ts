import { indicators } from "../../../src/strategy/indicators.ts";
import { completeSettings } from "../../../src/strategy/indicators/indicator.ts";
import type { Bars } from "../../../src/strategy/bars.ts";
import { lastClosed, resample } from "../../../src/strategy/resample.ts";
import type { Syntax } from "../../../src/strategy/expression/syntax.ts";

/** undefined: not known yet, for want of history. */
type Value = number | boolean | undefined;

/** An interpreter that looks at one bar after the other and keeps nothing but what it has looked up before: what compiled columns are compared with. */
export class Naive {
  readonly #frames: Record<string, Bars>;
  readonly #closed: Int32Array;
  readonly #known = new Map<Syntax, Map<string, Value>>();

  constructor(bars: Bars, weekMs: number, baseMs: number) {
    const week = resample(bars, weekMs);
    this.#frames = { "": bars, week };
    this.#closed = lastClosed(bars, baseMs, week, weekMs);
  }

  /** At a bar of the strategy's own timeframe. */
  at(syntax: Syntax, row: number): Value {
    return this.#value(syntax, "", row);
  }

  #value(syntax: Syntax, frame: string, row: number): Value {
    const own = frameOf(syntax) ?? frame;
    if (own !== frame) {
      const higher = this.#closed[row]!;
      return higher < 0 ? undefined : this.#value(syntax, own, higher);
    }
    if (row < 0) return undefined;
    const rows = this.#known.get(syntax) ?? new Map<string, Value>();
    this.#known.set(syntax, rows);
    const key = `${frame}:${row}`;
    if (!rows.has(key)) rows.set(key, this.#fresh(syntax, frame, row));
    return rows.get(key);
  }

  #fresh(syntax: Syntax, frame: string, row: number): Value {
    switch (syntax.kind) {
      case "number":
      case "flag":
        return syntax.value;
      case "name":
      case "member":
        return this.#frames[frame]![syntax.name as "close"][row]!;
      case "call":
        return syntax.name in indicators ? this.#indicator(syntax, frame, row) : this.#call(syntax, frame, row);
      default:
        throw new Error(`no value of ${syntax.kind}`);
    }
  }

  #indicator(syntax: Syntax & { kind: "call" }, frame: string, row: number): Value {
    const indicator = indicators[syntax.name]!;
    const reads = indicator.inputs.includes("of");
    const given = (reads ? syntax.args.slice(1) : syntax.args).map((arg) => (arg as { value: number }).value);
    const settings = completeSettings(indicator, Object.fromEntries(given.map((value, place) => [indicator.settings[place]!.name, value])));
    const of = (at: number): Value => (reads ? this.#value(syntax.args[0]!, frame, at) : 0);
    if (row < indicator.warmup(settings) || of(row - indicator.warmup(settings)) === undefined) return undefined;
    const stream = indicator.stream(settings);
    let last: number | undefined;
    for (let at = 0; at <= row; at++) {
      last = stream.next(...indicator.inputs.map((input) => (input === "of" ? ((of(at) ?? Number.NaN) as number) : this.#frames[frame]![input][at]!)))[0];
    }
    return last;
  }

  #call({ name, args }: Syntax & { kind: "call" }, frame: string, row: number): Value {
    const [a, b, c] = args;
    const of = (part: Syntax | undefined, back = 0): Value => (row - back < 0 ? undefined : this.#value(part!, frame, row - back));
    const count = (part: Syntax | undefined): number => (part === undefined ? 1 : (part as { value: number }).value);
    if (name === "shift") return of(a, count(b));
    if (name === "change") return both(of(a), of(a, count(b)), (now, before) => now - before);
    if (name === "cross_over" || name === "cross_under") {
      const sign = name === "cross_over" ? 1 : -1;
      const looked = [of(a), of(b), of(a, 1), of(b, 1)];
      if (looked.includes(undefined)) return undefined;
      const [now, other, before, otherBefore] = looked as number[];
      return sign * now! > sign * other! && sign * before! <= sign * otherBefore!;
    }
    if (name === "highest" || name === "lowest") {
      const values = Array.from({ length: count(b) }, (_, back) => of(a, back));
      return values.includes(undefined) ? undefined : Math[name === "highest" ? "max" : "min"](...(values as number[]));
    }
    const values = args.map((arg) => of(arg));
    if (values.includes(undefined)) return undefined;
    if (name === "if") return values[0] === true ? of(b) : of(c);
    if (name === "min" || name === "max") return Math[name](...(values as number[]));
    return pointwise(name, values as number[]);
  }
}

function both(a: Value, b: Value, of: (a: number, b: number) => number): Value {
  return a === undefined || b === undefined ? undefined : of(a as number, b as number);
}

function pointwise(name: string, [a, b]: number[]): Value {
  const [x, y] = [a!, b!];
  const table: Record<string, () => Value> = {
    "+": () => x + y,
    "-": () => x - y,
    "*": () => x * y,
    "/": () => x / y,
    "%": () => x % y,
    negative: () => -x,
    "<": () => x < y,
    "<=": () => x <= y,
    ">": () => x > y,
    ">=": () => x >= y,
    "==": () => x === y,
    "!=": () => x !== y && !Number.isNaN(x) && !Number.isNaN(y),
    "&&": () => Boolean(x) && Boolean(y),
    "||": () => Boolean(x) || Boolean(y),
    "!": () => !x,
    abs: () => Math.abs(x),
    sqrt: () => Math.sqrt(x),
    log: () => Math.log(x),
    exp: () => Math.exp(x),
    floor: () => Math.floor(x),
  };
  return table[name]!();
}

/** The timeframe that all columns of a part have in common; "" where there are two; undefined for what has none. */
export function frameOf(syntax: Syntax): string | undefined {
  if (syntax.kind === "name") return "";
  if (syntax.kind === "member") return "week";
  if (syntax.kind !== "call") return undefined;
  const frames = new Set(syntax.args.map(frameOf).filter((frame) => frame !== undefined));
  if (syntax.frame !== undefined) return syntax.frame;
  if (syntax.name in indicators && !indicators[syntax.name]!.inputs.includes("of")) return "";
  return frames.size > 1 ? "" : [...frames][0];
}
