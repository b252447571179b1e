import type { Variants } from "../backtest/checks/subject.ts";
import { neighboursOf } from "../backtest/checks/neighbours-of.ts";
import { fitsColumns } from "../backtest/column-backtest.ts";
import type { BacktestSettings } from "../backtest/settings.ts";
import type { Bars } from "../strategy/bars.ts";
import { compileSignals } from "../strategy/compile.ts";
import { combinations } from "../backtest/search/grid.ts";
import { gridSize, searchSpace, variantKey, type Axis, type SearchSpace } from "../backtest/search/space.ts";
import type { ParameterValues } from "../strategy/bar-strategy.ts";
import { meetsConstraints } from "../strategy/parameters.ts";
import type { Strategy } from "../strategy/strategy.ts";

/** Points that a number without a step counts for: what somebody would try of a range. */
const pointsOfRange = 20;
/** Grids up to this size are listed; of larger ones only the size is known. */
const listedMax = 50_000;
/** Bars that all permutations of all variants may go through: some ten seconds on two cores, with the engine without rows and with the full one. */
const permutedBarsMax = { columns: 1.5e9, rows: 1e8 };
/** Variants that are traded bar by bar, each with an equity curve of its own. */
const sampleMax = { declared: 100, code: 12 };

/** The variants that the gate tries beside the judged one. Code runs in containers, so of it only a few are tried. */
export function gateVariants(
  strategy: Strategy,
  judged: ParameterValues,
  asked: { permutations: number; bars: readonly Bars[]; settings: BacktestSettings },
): Variants {
  const admits = (parameters: ParameterValues): boolean => meetsConstraints(strategy, parameters);
  const space = withPoints(searchSpace(strategy.parameters, {}, admits));
  const size = gridSize(space);
  const listed = size <= listedMax ? [...combinations(space)] : [];
  const others = listed.filter((variant) => variantKey(variant) !== variantKey(judged));
  const { kind } = strategy.signals;
  const bars = asked.bars.reduce((sum, { length }) => sum + length, 0);
  const isTried =
    kind === "declared" && size <= listedMax && (others.length + 1) * asked.permutations * bars <= permutedBarsMax[engineOf(strategy, judged, asked)];
  return {
    grid: isTried ? [judged, ...others] : [judged],
    sample: [judged, ...spread(others, sampleMax[kind] - 1)],
    neighbours: neighboursOf(strategy.parameters, judged, admits),
    possible: size <= listedMax ? others.length + 1 : size,
  };
}

function engineOf(strategy: Strategy, parameters: ParameterValues, asked: { bars: readonly Bars[]; settings: BacktestSettings }): "columns" | "rows" {
  return asked.bars.every((each) => fitsColumns(asked.settings, compileSignals(strategy, parameters, each), each)) ? "columns" : "rows";
}

function withPoints(space: SearchSpace): SearchSpace {
  return { ...space, axes: space.axes.map(withValues) };
}

function withValues(axis: Axis): Axis {
  if (!("max" in axis)) return axis;
  const { name, min, max } = axis;
  return { name, values: Array.from({ length: pointsOfRange }, (_, i) => min + (i * (max - min)) / (pointsOfRange - 1)) };
}

/** So many of them, evenly spread. */
function spread<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, i) => items[Math.floor(((i + 0.5) * items.length) / count)] as T);
}
