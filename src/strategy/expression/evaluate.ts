import type { ParameterValues } from "../bar-strategy.ts";
import type { Bars } from "../bars.ts";
import { indicators } from "../indicators.ts";
import { completeSettings, type Indicator } from "../indicators/indicator.ts";
import { calendarColumn, calendarColumns } from "./calendar.ts";
import type { ColumnCache } from "./column-cache.ts";
import { arithmetic, extreme, map, rollingExtreme, shift, type Arithmetic, type Mapped, type Operand } from "./column-kernels.ts";
import { and, choose, compare, cross, not, or, type Comparison } from "./condition-kernels.ts";
import type { Frame } from "./frames.ts";
import { numberOf, rowsOf, scalarOf } from "./scalar.ts";
import { textOf } from "./text.ts";
import { isScalar, type CallNode, type Column, type IndicatorNode, type LiftNode, type Node } from "./tree.ts";

/** What a strategy's expressions are computed over. */
export interface Ground {
  bars: Bars;
  parameters: ParameterValues;
  /** A higher timeframe by its name. */
  frame(name: string): Frame;
  cache: ColumnCache;
}

/**
 * Computes columns of one variant: each part once, and what the cache holds not again. Number columns are NaN and conditions 0 in their warm-up, so that
 * nothing built on them starts early.
 */
export class Evaluation {
  readonly #ground: Ground;
  readonly #prefix: string;
  readonly #texts = new Map<Node, string>();
  readonly #own = new Map<string, Column>();

  constructor(ground: Ground) {
    this.#ground = ground;
    this.#prefix = ground.cache.prefix(ground.bars);
  }

  /** A rule: one value a bar. A condition is not kept for other variants, since it is what they differ in. */
  rule(node: Node): Column {
    if (!isScalar(node.sort)) return this.#column(node, node.sort === "column");
    const value = scalarOf(node, this.#ground.parameters);
    return typeof value === "number" ? { values: this.#filled(value), warmup: 0 } : { values: this.#flags(value === true), warmup: 0 };
  }

  #column(node: Node, shared = true): Column {
    const key = this.#key(node);
    const known = this.#own.get(key) ?? this.#ground.cache.get(key);
    if (known !== undefined) return known;
    const column = this.#computed(node);
    this.#own.set(key, column);
    if (shared) this.#ground.cache.set(key, column);
    return column;
  }

  /** A lifted column is another than the one it was lifted from. */
  #key(node: Node): string {
    const text = textOf(node, this.#ground.parameters, (name) => this.#ground.frame(name).timeframe, this.#texts);
    return this.#prefix + (node.kind === "lift" ? "^" : "") + text;
  }

  #computed(node: Node): Column {
    switch (node.kind) {
      case "bar":
        return { values: this.#barColumn(node.column, node.frame), warmup: 0 };
      case "indicator":
        return this.#indicator(node);
      case "lift":
        return this.#lift(node);
      default:
        return this.#call(node as CallNode);
    }
  }

  #barColumn(name: string, frame: string | undefined): Float64Array {
    const bars = frame === undefined ? this.#ground.bars : this.#ground.frame(frame).bars;
    const calendar = calendarColumns.find((column) => column === name);
    return calendar === undefined ? bars[name as "close"] : calendarColumn(calendar, bars.ts);
  }

  #indicator(node: IndicatorNode): Column {
    const indicator = indicators[node.name] as Indicator;
    const given = node.settings.map((setting, place) => [indicator.settings[place]?.name ?? "", numberOf(setting, this.#ground.parameters)] as const);
    const settings = completeSettings(indicator, Object.fromEntries(given));
    const of = node.of === undefined ? undefined : this.#column(node.of);
    const inputs = indicator.inputs.map((input) => (input === "of" ? (of?.values as Float64Array) : this.#barColumn(input, node.frame)));
    const warmup = (of?.warmup ?? 0) + indicator.warmup(settings);
    const columns = indicator.column(inputs, settings);
    // The other outputs were computed too.
    indicator.outputs.forEach((output, place) => {
      const values = columns[place];
      if (values !== undefined && output !== node.output) this.#ground.cache.set(this.#key({ ...node, output }), { values, warmup });
    });
    return { values: columns[indicator.outputs.indexOf(node.output)] as Float64Array, warmup };
  }

  #lift({ of }: LiftNode): Column {
    const { values, warmup } = this.#column(of);
    const { closed } = this.#ground.frame(of.frame ?? "");
    const out = values instanceof Uint8Array ? new Uint8Array(closed.length) : new Float64Array(closed.length);
    let first = closed.length;
    for (let row = closed.length - 1; row >= 0; row--) {
      const higher = closed[row] as number;
      if (higher >= warmup) first = row;
      out[row] = higher < 0 ? Number.NaN : (values[higher] as number);
    }
    return { values: out, warmup: first };
  }

  #call(node: CallNode): Column {
    const { name, args } = node;
    const columns = args.filter((arg) => !isScalar(arg.sort)).map((arg) => this.#column(arg));
    const warmup = columns.reduce((latest, column) => Math.max(latest, column.warmup), 0);
    switch (name) {
      case "shift":
      case "change":
      case "highest":
      case "lowest":
        return this.#window(node, columns[0] as Column);
      case "cross_over":
      case "cross_under":
        return this.#cross(node, warmup + 1);
      case "if":
        return this.#choice(node, warmup);
      case "&&":
        return condition(and(this.#truths(args[0], node), this.#truths(args[1], node)), warmup);
      case "||":
        return condition(or(this.#truths(args[0], node), this.#truths(args[1], node)), warmup);
      case "!":
        return condition(not(this.#truths(args[0], node)), warmup);
      case "min":
      case "max":
        return { values: this.#extreme(name, args), warmup };
      default:
        return this.#pointwise(name, args, warmup);
    }
  }

  #pointwise(name: string, args: readonly Node[], warmup: number): Column {
    const [a, b] = args.map((arg) => this.#operand(arg));
    if (/^[-+*/%]$/.test(name)) return { values: arithmetic(name as Arithmetic, a as Operand, b as Operand), warmup };
    if (/^[<>=!]/.test(name)) return { values: compare(name as Comparison, a as Operand, b as Operand), warmup };
    return { values: map(name as Mapped, a as Float64Array), warmup };
  }

  #window({ name, args }: CallNode, { values, warmup }: Column): Column {
    const by = args[1];
    const { parameters } = this.#ground;
    const rows = by === undefined ? 1 : rowsOf(name, by, parameters, name === "highest" || name === "lowest" ? 1 : 0);
    if (values instanceof Uint8Array) {
      const out = new Uint8Array(values.length);
      if (rows < values.length) out.set(values.subarray(0, values.length - rows), rows);
      return { values: out, warmup: warmup + rows };
    }
    if (name === "shift") return { values: shift(values, rows), warmup: warmup + rows };
    if (name === "change") return { values: arithmetic("-", values, shift(values, rows)), warmup: warmup + rows };
    return { values: rollingExtreme(name as "highest" | "lowest", values, rows), warmup: warmup + rows - 1 };
  }

  /** One pass finds both ways, and a strategy that asks for one mostly asks for the other. */
  #cross(node: CallNode, warmup: number): Column {
    const [a, b] = node.args.map((arg) => this.#numbers(arg, node));
    const { over, under } = cross(a as Float64Array, b as Float64Array);
    const other = node.name === "cross_over" ? "cross_under" : "cross_over";
    const values = { cross_over: over, cross_under: under };
    this.#own.set(this.#key({ ...node, name: other }), { values: values[other], warmup });
    return { values: values[node.name as keyof typeof values], warmup };
  }

  #choice(node: CallNode, warmup: number): Column {
    const [test, yes, no] = node.args;
    const when = this.#truths(test, node);
    if (node.sort === "condition") return condition(or(and(when, this.#truths(yes, node)), and(not(when), this.#truths(no, node))), warmup);
    const values = choose(when, this.#numbers(yes, node), this.#numbers(no, node));
    return { values: values.fill(Number.NaN, 0, warmup), warmup };
  }

  #extreme(name: "min" | "max", args: readonly Node[]): Float64Array {
    const operands = args.map((arg) => this.#operand(arg)).toSorted((a, b) => Number(typeof a === "number") - Number(typeof b === "number"));
    const [first, ...rest] = operands as [Float64Array, ...Operand[]];
    return rest.reduce<Float64Array>((values, operand) => extreme(name, values, operand), first);
  }

  #operand(arg: Node): Operand {
    return isScalar(arg.sort) ? numberOf(arg, this.#ground.parameters) : (this.#column(arg).values as Float64Array);
  }

  #numbers(arg: Node | undefined, whole: Node): Float64Array {
    const value = this.#operand(arg as Node);
    return typeof value === "number" ? this.#filled(value, whole.frame) : value;
  }

  #truths(arg: Node | undefined, whole: Node): Uint8Array {
    const node = arg as Node;
    return isScalar(node.sort) ? this.#flags(scalarOf(node, this.#ground.parameters) === true, whole.frame) : (this.#column(node).values as Uint8Array);
  }

  #rows(frame: string | undefined): number {
    return frame === undefined ? this.#ground.bars.length : this.#ground.frame(frame).bars.length;
  }

  #filled(value: number, frame?: string): Float64Array {
    return new Float64Array(this.#rows(frame)).fill(value);
  }

  #flags(value: boolean, frame?: string): Uint8Array {
    return new Uint8Array(this.#rows(frame)).fill(value ? 1 : 0);
  }
}

function condition(values: Uint8Array, warmup: number): Column {
  return { values: values.fill(0, 0, warmup), warmup };
}
