/** What operators and functions take and give. `more` of min and max: any number of further arguments. */
export interface FunctionForm {
  /** As it is written, for messages and pages. */
  form: string;
  about: string;
  takes: readonly Taken[];
  /** How many of the last may be left out. */
  optional?: number;
  more?: boolean;
  gives: "number" | "truth" | "same";
  /** Looks at other rows than its own, so that constants make no sense in it. */
  rows?: boolean;
}

/**
 * number: a number or a column of them; truth: a truth value or a condition; either: any of these; equal: also texts, and both of one sort; rows: a
 * whole number of bars, 0 or more; window: 1 or more.
 */
export type Taken = "number" | "truth" | "either" | "equal" | "rows" | "window";

const operator = (sign: string, about: string, taken: Taken, gives: FunctionForm["gives"]): FunctionForm => ({
  form: `a ${sign} b`,
  about,
  takes: [taken, taken],
  gives,
});

const ofOne = (name: string, about: string): FunctionForm => ({ form: `${name}(x)`, about, takes: ["number"], gives: "number" });

export const functions: Readonly<Record<string, FunctionForm>> = {
  "+": operator("+", "sum", "number", "number"),
  "-": operator("-", "difference", "number", "number"),
  "*": operator("*", "product", "number", "number"),
  "/": operator("/", "quotient", "number", "number"),
  "%": operator("%", "remainder, with the sign of a", "number", "number"),
  negative: { form: "-x", about: "the number below zero", takes: ["number"], gives: "number" },
  "<": operator("<", "below", "number", "truth"),
  "<=": operator("<=", "below or equal", "number", "truth"),
  ">": operator(">", "above", "number", "truth"),
  ">=": operator(">=", "above or equal", "number", "truth"),
  "==": operator("==", "equal", "equal", "truth"),
  "!=": operator("!=", "not equal", "equal", "truth"),
  "&&": operator("&&", "both; also `and`", "truth", "truth"),
  "||": operator("||", "one or both; also `or`", "truth", "truth"),
  "!": { form: "!x", about: "not; also `not`", takes: ["truth"], gives: "truth" },
  abs: ofOne("abs", "without its sign"),
  sqrt: ofOne("sqrt", "square root"),
  log: ofOne("log", "natural logarithm"),
  exp: ofOne("exp", "e to the power of x"),
  floor: ofOne("floor", "the whole number at or below x"),
  min: { form: "min(a, b, …)", about: "the smallest", takes: ["number", "number"], more: true, gives: "number" },
  max: { form: "max(a, b, …)", about: "the greatest", takes: ["number", "number"], more: true, gives: "number" },
  if: {
    form: "if(condition, yes, no)",
    about: "yes where the condition holds, else no; also condition ? yes : no",
    takes: ["truth", "either", "either"],
    gives: "same",
  },
  shift: { form: "shift(x, n)", about: "x of n bars before", takes: ["either", "rows"], gives: "same", rows: true },
  change: { form: "change(x, n = 1)", about: "x less x of n bars before", takes: ["number", "rows"], optional: 1, gives: "number", rows: true },
  highest: { form: "highest(x, n)", about: "the highest of the last n bars, this one among them", takes: ["number", "window"], gives: "number", rows: true },
  lowest: { form: "lowest(x, n)", about: "the lowest of the last n bars, this one among them", takes: ["number", "window"], gives: "number", rows: true },
  cross_over: { form: "cross_over(a, b)", about: "a is above b and was not one bar before", takes: ["number", "number"], gives: "truth", rows: true },
  cross_under: { form: "cross_under(a, b)", about: "a is below b and was not one bar before", takes: ["number", "number"], gives: "truth", rows: true },
};

/** Own properties only: `constructor` is no function. */
export function functionForm(name: string): FunctionForm | undefined {
  return Object.hasOwn(functions, name) ? functions[name] : undefined;
}

/** Those that are called by a name. */
export const functionNames = Object.keys(functions).filter((name) => /^[a-z]/.test(name) && name !== "negative");
