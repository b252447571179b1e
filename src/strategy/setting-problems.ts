import { AgentctlError } from "../base/errors.ts";
import type { ParameterValues } from "./bar-strategy.ts";
import { partsOf, type Expressions } from "./expressions.ts";
import { functionForm } from "./expression/functions.ts";
import { numberOf, rowsOf, scalarOf } from "./expression/scalar.ts";
import type { Node } from "./expression/tree.ts";
import { indicators } from "./indicators.ts";
import { completeSettings, type Indicator } from "./indicators/indicator.ts";
import type { PlacedProblem } from "./parameter-problems.ts";
import type { Strategy } from "./strategy.ts";

/**
 * Variants that cannot be computed, found without bars: the defaults, and each parameter at both ends of its range with the others at their defaults
 * (when the constraints allow that). Every period, shift and constraint is tried; the first problem of a rule is told.
 */
export function settingProblems(strategy: Strategy, expressions: Expressions): PlacedProblem[] {
  const defaults = Object.fromEntries(Object.entries(strategy.parameters).map(([name, parameter]) => [name, parameter.default]));
  const broken = expressions.constraints.findIndex((constraint) => scalarOf(constraint, defaults) !== true);
  if (broken !== -1) {
    const values = JSON.stringify(defaults).replaceAll('"', "");
    return [
      {
        at: ["constraints", broken],
        message: `the defaults ${values} do not meet ${strategy.constraints[broken]}`,
        hint: "change a default, or the constraint",
      },
    ];
  }
  const ends = Object.entries(strategy.parameters).flatMap(([name, { type, min, max, values = [] }]) =>
    (type === "choice" ? values : [min, max]).flatMap((value) => (value === undefined ? [] : [{ ...defaults, [name]: value }])),
  );
  const variants = [defaults, ...ends.filter((variant) => expressions.constraints.every((constraint) => scalarOf(constraint, variant) === true))];
  const places = [
    ...[...expressions.columns].map(([name, node]) => ({ at: ["signals", "columns", name], node })),
    ...[...expressions.rules].map(([name, node]) => ({ at: ["signals", name], node })),
  ];
  const told = new Set<string>();
  return places.flatMap(({ at, node }) => {
    const problem = firstProblem(node, variants);
    if (problem === undefined || told.has(problem.message)) return [];
    told.add(problem.message);
    return [{ at, ...problem }];
  });
}

function firstProblem(node: Node, variants: readonly ParameterValues[]): Omit<PlacedProblem, "at"> | undefined {
  const parts = [...partsOf([node])];
  for (const variant of variants) {
    try {
      for (const part of parts) tryPart(part, variant);
    } catch (thrown) {
      if (!(thrown instanceof AgentctlError)) throw thrown;
      const values = Object.entries(variant).map(([name, value]) => `${name} ${value}`);
      return { message: values.length === 0 ? thrown.message : `${thrown.message}, when ${values.join(", ")}`, hint: thrown.hint };
    }
  }
  return undefined;
}

function tryPart(part: Node, variant: ParameterValues): void {
  if (part.kind === "call") {
    const taken = functionForm(part.name)?.takes[1];
    const by = part.args[1];
    if (by !== undefined && (taken === "rows" || taken === "window")) rowsOf(part.name, by, variant, taken === "window" ? 1 : 0);
  } else if (part.kind === "indicator") {
    const indicator = indicators[part.name] as Indicator;
    completeSettings(indicator, Object.fromEntries(part.settings.map((setting, place) => [indicator.settings[place]?.name ?? "", numberOf(setting, variant)])));
  }
}
