import type { Path } from "../base/document.ts";
import { outOfRange } from "./parameters.ts";
import type { Parameter } from "./strategy.ts";

export interface PlacedProblem {
  at: Path;
  message: string;
  hint?: string | undefined;
}

/** What is wrong with the parameters of a strategy by themselves. */
export function parameterProblems(parameters: Readonly<Record<string, Parameter>>): PlacedProblem[] {
  return Object.entries(parameters).flatMap(([name, parameter]) => {
    const at = ["parameters", name];
    const wrong = parameter.type === "choice" ? choiceProblem(name, parameter, at) : rangeProblem(name, parameter, at);
    if (wrong !== undefined) return [wrong];
    const problem = outOfRange(parameter, parameter.default);
    return problem === undefined
      ? []
      : [{ at: [...at, "default"], message: `the default of ${name} is ${JSON.stringify(parameter.default)}, which ${problem}` }];
  });
}

function choiceProblem(name: string, { values = [], min, max, step, default: value }: Parameter, at: Path): PlacedProblem | undefined {
  if (values.length === 0) return { at, message: `${name} is a choice without values`, hint: "values: [fast, slow]" };
  if ([min, max, step].some((each) => each !== undefined)) return { at, message: `${name} is a choice, which has no min, max or step`, hint: "leave them out" };
  if (values.some((each) => typeof each !== typeof value))
    return { at: [...at, "values"], message: `the values of ${name} are not all of the sort of its default` };
  return new Set(values).size < values.length ? { at: [...at, "values"], message: `a value of ${name} stands twice` } : undefined;
}

function rangeProblem(name: string, { type, values, min, max, step }: Parameter, at: Path): PlacedProblem | undefined {
  if (values !== undefined)
    return {
      at: [...at, "values"],
      message: `${name} is ${type === "integer" ? "an" : "a"} ${type}, which has no list of values`,
      hint: "type: choice, or min and max",
    };
  if (min !== undefined && max !== undefined && min > max) return { at: [...at, "min"], message: `${name} has its min ${min} above its max ${max}` };
  const partly = (
    [
      ["min", min],
      ["max", max],
      ["step", step],
    ] as const
  ).find(([, bound]) => type === "integer" && bound !== undefined && !Number.isSafeInteger(bound));
  return partly === undefined ? undefined : { at: [...at, partly[0]], message: `${partly[0]} of the integer ${name} is ${partly[1]}, which is not whole` };
}
