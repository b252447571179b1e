import type { Coded } from "../strategy.ts";

/** Where the types of strategies in TypeScript lie, relative to strategies/: a copy of src/strategy/bar-strategy.ts, for editors; nothing of it runs. */
export const typesFile = "types.d.ts";

function lines(...of: string[]): string {
  return `${of.join("\n")}\n`;
}

/**
 * The code of a new strategy that works: long while the fast average is above the slow one. Both expect the integer parameters `fast` and `slow`, and
 * ask for the same orders as `enterLong: cross_over(sma(close, fast), sma(close, slow))`, `exitLong: cross_under(…)`.
 */
export const codeTemplates: Readonly<Record<Coded["language"], { file: string; text: string }>> = {
  typescript: {
    file: "strategy.ts",
    text: lines(
      `import type { BarStrategy, ParameterValues, Series } from "../${typesFile}";`,
      "",
      "/** Makes the strategy for one run. Runs in a container; orders asked for at a bar's close are live from the next bar on. */",
      "export function strategy(parameters: ParameterValues): BarStrategy {",
      "  let fast: Series;",
      "  let slow: Series;",
      "  return {",
      "    start(setup) {",
      '      fast = setup.indicator(0, "sma", { period: Number(parameters["fast"]) });',
      '      slow = setup.indicator(0, "sma", { period: Number(parameters["slow"]) });',
      "      // A crossing looks at the bar before, too.",
      '      setup.warmup(Math.max(Number(parameters["fast"]), Number(parameters["slow"])), 0);',
      "    },",
      "    onBar({ markets: [market] }) {",
      "      if (market === undefined) return;",
      "      if (fast.now > slow.now && fast.ago(1) <= slow.ago(1)) market.buy();",
      "      else if (fast.now < slow.now && fast.ago(1) >= slow.ago(1)) market.exit();",
      "    },",
      "  };",
      "}",
    ),
  },
  python: {
    file: "signals.py",
    text: lines(
      '"""Long while the fast average is above the slow one. Runs in a container, once for each market."""',
      "",
      "import numpy as np",
      "",
      "",
      "def average(values, period):",
      '    """Mean of the last `period` values; NaN before there are so many."""',
      "    result = np.full(len(values), np.nan)",
      "    if len(values) >= period:",
      "        result[period - 1 :] = np.lib.stride_tricks.sliding_window_view(values, period).mean(axis=1)",
      "    return result",
      "",
      "",
      "def signals(bars, parameters):",
      '    """Row t of every column may depend on bars 0 … t only, and acts from bar t + 1 on."""',
      '    fast = average(bars["close"], parameters["fast"])',
      '    slow = average(bars["close"], parameters["slow"])',
      "    above = fast > slow",
      "    below = fast < slow",
      "    was_above = np.concatenate(([False], above[:-1]))",
      "    was_below = np.concatenate(([False], below[:-1]))",
      "    known = np.concatenate(([False], ~np.isnan(slow[:-1])))",
      "    return {",
      '        "enterLong": above & ~was_above & known,',
      '        "exitLong": below & ~was_below & known,',
      '        "warmup": max(parameters["fast"], parameters["slow"]),',
      "    }",
    ),
  },
};
