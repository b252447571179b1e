import type { Path } from "../base/document.ts";
import { lifted, withSorts, type Names } from "./expression/sorts.ts";
import { parseExpression, type Problem } from "./expression/syntax.ts";
import { isScalar, type Node } from "./expression/tree.ts";
import { signalNames } from "./schema.ts";
import type { SignalName, Strategy } from "./strategy.ts";

/** All expressions of a strategy, ready to be computed. */
export interface Expressions {
  columns: ReadonlyMap<string, Node>;
  rules: ReadonlyMap<SignalName, Node>;
  /** Flags over parameters. */
  constraints: readonly Node[];
}

export type ReportProblem = (path: Path, problem: Problem) => void;

const conditions: ReadonlySet<SignalName> = new Set(["enterLong", "exitLong", "enterShort", "exitShort"]);

/** Reads every expression; what is wrong is reported with its path in strategy.yaml and left out. */
export function readExpressions(strategy: Pick<Strategy, "parameters" | "timeframes" | "signals" | "constraints">, report: ReportProblem): Expressions {
  const columns = new Map<string, Node>();
  const rules = new Map<SignalName, Node>();
  const names: Names = { parameters: strategy.parameters, columns, timeframes: Object.keys(strategy.timeframes) };
  if (strategy.signals.kind === "declared") {
    const declared = Object.keys(strategy.signals.columns);
    for (const [place, [name, text]] of Object.entries(strategy.signals.columns).entries()) {
      const node = readOne(text, { ...names, later: declared.slice(place + 1) }, (problem) => report(["signals", "columns", name], problem));
      // What is broken is known all the same, so that what uses it is not wrong too.
      columns.set(name, node ?? broken);
    }
    for (const name of signalNames) {
      const text = strategy.signals.rules[name];
      if (text === undefined) continue;
      const node = readOne(text, names, (problem) => report(["signals", name], problem));
      if (node === undefined) continue;
      const problem = unfit(name, node);
      if (problem === undefined) rules.set(name, lifted(node));
      else report(["signals", name], problem);
    }
  }
  const constraints = strategy.constraints.flatMap((text, index) => {
    const node = readOne(text, { ...names, scalarsOnly: true, columns: new Map() }, (problem) => report(["constraints", index], problem));
    if (node === undefined) return [];
    if (node.sort === "flag") return [node];
    report(["constraints", index], { message: `is a ${node.sort}, not a condition`, hint: "e.g. fast < slow" });
    return [];
  });
  return { columns, rules, constraints };
}

/** Every part of these, each once. */
export function partsOf(nodes: Iterable<Node>): Set<Node> {
  const seen = new Set<Node>();
  const visit = (node: Node): void => {
    if (seen.has(node)) return;
    seen.add(node);
    if (node.kind === "call") node.args.forEach(visit);
    else if (node.kind === "lift") visit(node.of);
    else if (node.kind === "indicator") [...(node.of === undefined ? [] : [node.of]), ...node.settings].forEach(visit);
  };
  for (const node of nodes) visit(node);
  return seen;
}

const broken: Node = { kind: "bar", column: "close", sort: "column", frame: undefined, size: 1, depth: 1 };

function readOne(text: string, names: Names, report: (problem: Problem) => void): Node | undefined {
  const parsed = parseExpression(text);
  const read = "problem" in parsed ? parsed : withSorts(parsed.syntax, names);
  if ("node" in read) return read.node;
  report(read.problem);
  return undefined;
}

function unfit(name: SignalName, { sort }: Node): Problem | undefined {
  if (conditions.has(name)) {
    if (sort === "condition" || sort === "flag") return undefined;
    return { message: `is a ${sort}, not a condition`, hint: isScalar(sort) ? "true or false" : "compare it with something, e.g. x > 0" };
  }
  return sort === "column" || sort === "number" ? undefined : { message: `is a ${sort}, not a column of numbers`, hint: "if(condition, 1, 0) is one" };
}
