import { AgentctlError } from "../../base/errors.ts";

/** Values of an indicator's settings by name. */
export type Settings = Readonly<Record<string, number>>;

export interface Setting {
  name: string;
  default: number;
  min: number;
  max?: number;
  integer: boolean;
}

/** What an indicator reads: a column of the bars, or `of`, the column that whoever uses it chooses (close when nothing is said). */
export type IndicatorInput = "of" | "open" | "high" | "low" | "close" | "volume";

/** The indicator bar by bar. `next` takes one value an input and answers one an output, in an array that is reused: read it, do not keep it. */
export interface IndicatorStream {
  next(...inputs: number[]): readonly number[];
}

/**
 * One indicator, twice: as a function of whole columns and bar by bar; both answer the same doubles, bit for bit. Before it is warm, and where an input
 * is no number, it is NaN. An input that is no number (NaN, or beyond ±1e150, whose square is no double) makes it forget all that came before: it warms
 * up again from the next number on.
 */
export interface Indicator {
  name: string;
  about: string;
  /** Where the definition comes from, and where we part from it. */
  source: string;
  inputs: readonly IndicatorInput[];
  settings: readonly Setting[];
  outputs: readonly string[];
  /** Index of the first bar at which every output is a number, when no input is NaN. */
  warmup(settings: Settings): number;
  /** Columns of one length, in the order of `inputs`; answers one a name of `outputs`. */
  column(inputs: readonly Float64Array[], settings: Settings): Float64Array[];
  stream(settings: Settings): IndicatorStream;
}

/** An indicator whose columns are made by its stream, unless it brings a faster way to the same doubles. */
export function indicator(given: Omit<Indicator, "column"> & Partial<Pick<Indicator, "column">>): Indicator {
  return { column: (inputs, settings) => streamed(given.stream(settings), inputs, given.outputs.length), ...given };
}

function streamed(stream: IndicatorStream, inputs: readonly Float64Array[], outputs: number): Float64Array[] {
  const [a, b = a, c = a, d = a] = inputs as [Float64Array, Float64Array?, Float64Array?, Float64Array?];
  const columns = Array.from({ length: outputs }, () => new Float64Array(a.length));
  for (let t = 0; t < a.length; t++) {
    const values = stream.next(a[t] as number, b[t] as number, c[t] as number, d[t] as number);
    for (let k = 0; k < outputs; k++) (columns[k] as Float64Array)[t] = values[k] as number;
  }
  return columns;
}

const limit = 1e150;

/** Whether an indicator can reckon with it. */
export function isNumber(value: number): boolean {
  return value < limit && value > -limit;
}

/** The setting that every indicator with one window has. */
export function periodSetting(value: number, min = 1): Setting {
  return { name: "period", default: value, min, max: 100_000, integer: true };
}

/** A setting that `completeSettings` has filled in. */
export function settingOf(settings: Settings, name: string): number {
  const value = settings[name];
  if (value === undefined) throw new AgentctlError("strategy/bad-setting", `the setting ${name} is missing`);
  return value;
}

/** All settings of an indicator, defaults filled in. Errors: strategy/bad-setting (unknown, not whole, out of range). */
export function completeSettings(indicator: Indicator, given: Readonly<Record<string, number | undefined>>): Settings {
  const known = indicator.settings.map(({ name }) => name);
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) throw badSetting(indicator, `has no setting ${unknown}; it has ${known.join(", ") || "none"}`);
  return Object.fromEntries(indicator.settings.map((setting) => [setting.name, checked(indicator, setting, given[setting.name] ?? setting.default)]));
}

function checked(indicator: Indicator, { name, min, max = Number.MAX_VALUE, integer }: Setting, value: number): number {
  if (integer && !Number.isInteger(value)) throw badSetting(indicator, `${name} is to be a whole number, not ${value}`);
  if (!(value >= min && value <= max))
    throw badSetting(indicator, `${name} is to be ${max === Number.MAX_VALUE ? `${min} or more` : `${min} to ${max}`}, not ${value}`);
  return value;
}

function badSetting(indicator: Indicator, found: string): AgentctlError {
  return new AgentctlError("strategy/bad-setting", `${indicator.name}: ${found}`, { exit: "usage" });
}
