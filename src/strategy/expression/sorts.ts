import { nearest } from "../../base/suggest.ts";
import { indicators } from "../indicators.ts";
import type { Indicator } from "../indicators/indicator.ts";
import type { Parameter } from "../strategy.ts";
import { calendarColumns } from "./calendar.ts";
import { functionForm, functionNames, type FunctionForm, type Taken } from "./functions.ts";
import { depthMax, type Problem, type Syntax } from "./syntax.ts";
import { isScalar, type Node, type Sort } from "./tree.ts";

/** What the names in an expression stand for. */
export interface Names {
  parameters: Readonly<Record<string, Parameter>>;
  /** Columns declared above. */
  columns: ReadonlyMap<string, Node>;
  /** Names of columns declared further down, which nothing can use yet. */
  later?: readonly string[];
  /** Names of higher timeframes. */
  timeframes: readonly string[];
  /** Constraints know parameters only. */
  scalarsOnly?: boolean;
}

/** Parts of an expression with all that is named in it; a column that is used twice counts twice. */
const partsMax = 2_000;
const levelsMax = 4 * depthMax;

const priceColumns = ["open", "high", "low", "close", "volume"] as const;

/** Finds what every name stands for and of which sort every part is; never throws for what is written. */
export function withSorts(syntax: Syntax, names: Names): { node: Node } | { problem: Problem } {
  try {
    return { node: sorted(syntax, names) };
  } catch (thrown) {
    if (thrown instanceof Wrong) return { problem: thrown.problem };
    throw thrown;
  }
}

/** A column of a higher timeframe as one of the strategy's own; everything else as it is. */
export function lifted(node: Node): Node {
  return node.frame === undefined ? node : bounded({ kind: "lift", sort: node.sort, frame: undefined, of: node }, [node]);
}

/** Names that nothing of one's own can have. */
export function reservedNames(): string[] {
  return [...priceColumns, ...calendarColumns, ...functionNames, ...Object.keys(indicators), "and", "or", "not", "true", "false", "none", "ts", "this"];
}

class Wrong extends Error {
  readonly problem: Problem;
  constructor(message: string, hint?: string) {
    super(message);
    this.problem = { message, hint };
  }
}

function sorted(syntax: Syntax, names: Names): Node {
  switch (syntax.kind) {
    case "number":
    case "text":
    case "flag":
      return { kind: "constant", sort: syntax.kind, value: syntax.value, frame: undefined, size: 1, depth: 1 };
    case "name":
      return named(syntax.name, names);
    case "member":
      return member(syntax.object, syntax.name, names);
    case "call":
      return called(syntax, names);
  }
}

function named(name: string, names: Names): Node {
  const parameter = Object.hasOwn(names.parameters, name) ? names.parameters[name] : undefined;
  if (parameter !== undefined) return { kind: "parameter", name, sort: sortOf(parameter), frame: undefined, size: 1, depth: 1 };
  const column = names.columns.get(name);
  if (column !== undefined) return column;
  if (isBarColumn(name) && names.scalarsOnly !== true) return bar(name, undefined);
  const form = functionForm(name)?.form ?? (Object.hasOwn(indicators, name) ? indicatorForm(name) : undefined);
  if (form !== undefined) throw new Wrong(`${name} is a function`, `write ${form}`);
  if (names.timeframes.includes(name)) throw new Wrong(`${name} is a timeframe`, `write ${name}.close`);
  if (names.later?.includes(name) === true)
    throw new Wrong(`"${name}" stands further down`, "columns are computed in their order: write it above the first one that uses it");
  const known = [...Object.keys(names.parameters), ...(names.scalarsOnly === true ? [] : [...names.columns.keys(), ...priceColumns, ...calendarColumns])];
  throw unknown("name", name, known);
}

function member(object: Syntax, name: string, names: Names): Node {
  if (object.kind === "name" && names.timeframes.includes(object.name)) {
    if (isBarColumn(name)) return bar(name, object.name);
    throw unknown(`column of ${object.name}`, name, [...priceColumns, ...calendarColumns]);
  }
  if (object.kind === "call" && Object.hasOwn(indicators, object.name)) return indicatorNode(object, names, name);
  if (object.kind === "name") throw unknown("timeframe", object.name, names.timeframes, "timeframes: { week: 1w } makes week.close");
  throw new Wrong(`.${name} stands behind something that has no parts`, "only timeframes and indicators have parts: week.close, macd(close, 12, 26, 9).signal");
}

function called(syntax: Syntax & { kind: "call" }, names: Names): Node {
  const form = functionForm(syntax.name);
  if (form !== undefined && syntax.frame === undefined) return functionNode(syntax.name, form, syntax.args, names);
  if (Object.hasOwn(indicators, syntax.name) && names.scalarsOnly !== true) return indicatorNode(syntax, names);
  if (names.scalarsOnly === true && Object.hasOwn(indicators, syntax.name)) throw new Wrong(`${syntax.name}() has no value before there are bars`);
  if (form !== undefined) throw new Wrong(`${syntax.name}() is not asked of a timeframe`, `put the timeframe inside: ${syntax.name}(${syntax.frame}.close, …)`);
  throw unknown("function", syntax.name, [...functionNames, ...Object.keys(indicators)]);
}

function functionNode(name: string, form: FunctionForm, written: readonly Syntax[], names: Names): Node {
  const { takes, optional = 0 } = form;
  if (written.length < takes.length - optional || (written.length > takes.length && form.more !== true))
    throw new Wrong(`${shown(name)} takes ${takes.length - optional}${form.more === true ? " or more" : ""}, found ${written.length}`, `write ${form.form}`);
  const args = written.map((each) => sorted(each, names));
  args.forEach((arg, place) => fits(name, form, takes[Math.min(place, takes.length - 1)] as Taken, arg));
  if (takes[0] === "equal") sameSort(name, args);
  const either = args.filter((_, place) => takes[place] === "either");
  if (either.length > 1 && isTruth(either[0]?.sort) !== isTruth(either[1]?.sort))
    throw new Wrong(`the two sides of ${name} are a ${either[0]?.sort} and a ${either[1]?.sort}`);
  const rows = args.filter((arg) => !isScalar(arg.sort));
  if (form.rows === true && rows.length === 0) throw new Wrong(`${name}() of a constant`, `one of the things it looks at is to be a column: ${form.form}`);
  const frames = new Set(rows.map((row) => row.frame));
  const aligned = frames.size > 1 ? args.map(lifted) : args;
  const truth = form.gives === "truth" || (form.gives === "same" && isTruth(either[0]?.sort));
  const sort: Sort = rows.length === 0 ? (truth ? "flag" : "number") : truth ? "condition" : "column";
  return bounded({ kind: "call", name, sort, frame: frames.size > 1 ? undefined : rows[0]?.frame, args: aligned }, aligned);
}

function fits(name: string, form: FunctionForm, taken: Taken, arg: Node): void {
  const { sort } = arg;
  if (taken === "rows" || taken === "window") {
    if (sort === "column") throw new Wrong(`${shown(name)} by a column of bars asks for the future, or may`, `a fixed number of bars: ${form.form}`);
    if (sort !== "number") throw new Wrong(`${shown(name)} takes a number of bars, found a ${sort}`, `write ${form.form}`);
    return;
  }
  if (taken === "equal") return;
  const fine = taken === "number" ? isNumeric(sort) : taken === "truth" ? isTruth(sort) : sort !== "text";
  if (fine) return;
  const hint =
    taken === "truth"
      ? "compare it with something, e.g. x > 0"
      : isTruth(sort)
        ? "if(condition, 1, 0) is a number; parentheses part what belongs together"
        : undefined;
  throw new Wrong(`${shown(name)} takes ${taken === "truth" ? "conditions" : "numbers"}, found a ${sort}`, hint);
}

function sameSort(name: string, args: readonly Node[]): void {
  const [left, right] = args.map(({ sort }) => sort);
  if (isNumeric(left) && isNumeric(right)) return;
  if (left === right && (left === "text" || left === "flag")) return;
  throw new Wrong(`${shown(name)} compares a ${left} with a ${right}`, isTruth(left) ? "a condition is compared with nothing: write it, or !it" : undefined);
}

function indicatorNode(syntax: Syntax & { kind: "call" }, names: Names, output?: string): Node {
  const indicator = indicators[syntax.name] as Indicator;
  const form = indicatorForm(syntax.name);
  const args = syntax.args.map((arg) => sorted(arg, names));
  const reads = indicator.inputs.includes("of");
  const of = reads ? args.shift() : undefined;
  if (reads && syntax.frame !== undefined)
    throw new Wrong(`${syntax.name}() is not asked of a timeframe`, `put it inside: ${syntax.name}(${syntax.frame}.close, …)`);
  if (reads && of?.sort !== "column")
    throw new Wrong(`${syntax.name}() reads a column first, found ${of === undefined ? "nothing" : `a ${of.sort}`}`, `write ${form}`);
  if (syntax.frame !== undefined && !names.timeframes.includes(syntax.frame)) throw unknown("timeframe", syntax.frame, names.timeframes);
  if (args.length > indicator.settings.length)
    throw new Wrong(`${syntax.name}() has ${indicator.settings.length} settings, found ${args.length}`, `write ${form}`);
  const wrong = args.findIndex((arg) => arg.sort !== "number");
  if (wrong !== -1)
    throw new Wrong(`${indicator.settings[wrong]?.name} of ${syntax.name}() is to be a fixed number, found a ${args[wrong]?.sort}`, `write ${form}`);
  if (output !== undefined && !indicator.outputs.includes(output)) throw unknown(`column of ${syntax.name}()`, output, indicator.outputs);
  const node = {
    kind: "indicator",
    name: syntax.name,
    sort: "column",
    frame: of?.frame ?? syntax.frame,
    of,
    settings: args,
    output: output ?? indicator.outputs[0] ?? "",
  } as const;
  return bounded(node, of === undefined ? args : [of, ...args]);
}

/** `macd(x, fast = 12, slow = 26, signal = 9)` */
function indicatorForm(name: string): string {
  const { inputs, settings, outputs } = indicators[name] as Indicator;
  const parts = [...(inputs.includes("of") ? ["x"] : []), ...settings.map((setting) => `${setting.name} = ${setting.default}`)];
  return `${name}(${parts.join(", ")})${outputs.length > 1 ? `.${outputs.join("|")}` : ""}`;
}

function bar(column: string, frame: string | undefined): Node {
  return { kind: "bar", column, sort: "column", frame, size: 1, depth: 1 };
}

type Unsized = Node extends infer Kind ? (Kind extends Node ? Omit<Kind, "size" | "depth"> : never) : never;

function bounded(node: Unsized, parts: readonly Node[]): Node {
  const size = parts.reduce((sum, part) => sum + part.size, 1);
  const depth = parts.reduce((deepest, part) => Math.max(deepest, part.depth), 0) + 1;
  if (size > partsMax) throw new Wrong(`has more than ${partsMax} parts once the columns that it names are filled in`);
  if (depth > levelsMax) throw new Wrong(`has more than ${levelsMax} levels once the columns that it names are filled in`);
  return { ...node, size, depth };
}

function sortOf(parameter: Parameter): Sort {
  if (parameter.type !== "choice") return "number";
  return typeof parameter.default === "number" ? "number" : typeof parameter.default === "boolean" ? "flag" : "text";
}

const isBarColumn = (name: string): boolean => [...priceColumns, ...calendarColumns].some((column) => column === name);
const isNumeric = (sort: Sort | undefined): boolean => sort === "number" || sort === "column";
const isTruth = (sort: Sort | undefined): boolean => sort === "flag" || sort === "condition";
const shown = (name: string): string => (/^[a-z]/.test(name) && name !== "negative" ? `${name}()` : name === "negative" ? "-" : name);

function unknown(what: string, name: string, known: readonly string[], hint?: string): Wrong {
  const near = nearest(name, known);
  return new Wrong(
    `unknown ${what} "${name.slice(0, 60)}"`,
    near === undefined ? (hint ?? (known.length > 0 ? `known: ${known.join(", ")}` : undefined)) : `did you mean "${near}"?`,
  );
}
