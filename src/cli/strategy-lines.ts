import { safeText } from "../base/safe-text.ts";
import type { StrategyRow } from "../operations/list-strategies.ts";
import type { StrategyReport } from "../operations/show-strategy.ts";
import type { Costs, Parameter, Sizing, Strategy } from "../strategy/strategy.ts";
import { clip } from "./clip.ts";
import { findingLines } from "./skill-lines.ts";
import { table } from "./table.ts";

/** The list of strategies as lines. */
export function strategyList(rows: readonly StrategyRow[]): string[] {
  const shown = rows.map((row) => ({
    name: safeText(row.name, { oneLine: true }),
    kind: row.kind ?? "",
    markets: cut(row.markets.join(" "), 28),
    timeframe: row.timeframe ?? "",
    parameters: cut(row.parameters.join(" "), 28),
    gate: row.gate === null ? "" : row.gate.passed ? "passed" : `refused: ${cut(row.gate.failed.join(" "), 32)}`,
    about:
      row.problem === null ? cut(`${row.knownBad === null ? "" : `known bad (${row.knownBad}): `}${row.about ?? ""}`, 72) : `broken: ${cut(row.problem, 64)}`,
  }));
  return table(shown, ["name", "kind", "markets", "timeframe", "parameters", "gate", "about"]);
}

/** Everything about a strategy as lines. */
export function strategyLines(report: StrategyReport): string[] {
  const { strategy, gate } = report;
  const head: [string, string | undefined][] = [
    ["strategy", report.name],
    ["", strategy?.about ?? "cannot be used, see below"],
    ...(strategy === null ? [] : strategyFacts(strategy)),
    [
      "variants",
      strategy === null ? undefined : report.variants === null ? "not to be counted: a range without steps, or too many" : `${report.variants} in the grid`,
    ],
    ["gate", gate === null ? "not asked about these files" : gateWords(gate)],
    ["digest", `sha256:${report.digest}`],
  ];
  return [
    ...pairs(head),
    ...section("parameters", parameterLines(strategy?.parameters ?? {})),
    ...section("rules, with the defaults filled in", pairs(Object.entries(report.rules))),
    ...section(
      "files",
      table(
        report.files.map(({ path, bytes, sha256 }) => ({ path: safeText(path, { oneLine: true }), bytes, sha256: sha256.slice(0, 12) })),
        ["path", "bytes", "sha256"],
        { header: false },
      ),
    ),
    ...section("findings", findingLines(report.findings)),
  ];
}

function strategyFacts(strategy: Strategy): [string, string | undefined][] {
  const { signals, timeframes, risk, account, gates } = strategy;
  return [
    ["trades", `${strategy.markets.join(", ")} on ${strategy.timeframe}`],
    ["timeframes", named(timeframes)],
    ["signals", signals.kind === "declared" ? "declared: no code runs" : `${signals.language}, ${signals.file}, in a container`],
    ["constraints", strategy.constraints.join(", ")],
    ["sizing", sizingWords(strategy.sizing)],
    ["account", `${account.cash} ${account.currency}, booked to ${account.decimals} decimals`],
    ["costs", costWords(strategy.costs)],
    ["risk", named(risk)],
    ["fills", strategy.fill === "next-open" ? "at the next open" : "at the close that was decided on"],
    ["warm-up", strategy.warmup === 0 ? undefined : `${strategy.warmup} bars beyond what the indicators need`],
    ["gates", named(gates)],
    ["includes", strategy.include.join(", ")],
    ["known bad", strategy.knownBad === undefined ? undefined : `the check ${strategy.knownBad} must refuse it`],
  ];
}

function sizingWords(sizing: Sizing): string {
  switch (sizing.kind) {
    case "units":
      return `${sizing.units} units a position`;
    case "value":
      return `${sizing.value} of money a position`;
    case "equity":
      return `${sizing.share} of equity a position`;
    case "risk":
      return `so that the stop-loss costs ${sizing.share} of equity`;
  }
}

function costWords({ slippage, taker, maker, ...others }: Costs): string {
  const { model, ...by } = slippage;
  const words = named(Object.fromEntries(Object.entries({ taker, maker, ...others }).filter(([, value]) => value !== 0)));
  return [words, model === "none" ? "" : `slippage ${Object.values(by).join(" ")} by ${model}`].filter(Boolean).join(" · ") || "none";
}

function parameterLines(parameters: Readonly<Record<string, Parameter>>): string[] {
  const rows = Object.entries(parameters).map(([name, { type, default: value, min, max, step, values, about = "" }]) => ({
    name,
    value: cut(String(value), 24),
    type,
    range: cut(values === undefined ? `${min ?? ""} … ${max ?? ""}${step === undefined ? "" : ` by ${step}`}` : values.join(" | "), 40),
    about: cut(about, 72),
  }));
  return table(rows, ["name", "value", "type", "range", "about"], { header: false });
}

function gateWords({ passed, failed, trials, at, gate }: NonNullable<StrategyReport["gate"]>): string {
  return [passed ? "passed" : `refused: ${failed.join(", ")}`, trials === null ? "" : `after ${trials} trials`, at, gate].filter(Boolean).join(" · ");
}

function named(values: object): string {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(" · ");
}

function pairs(rows: readonly (readonly [string, string | undefined])[]): string[] {
  const shown = rows.flatMap(([name, value]) =>
    value === undefined || value === "" ? [] : [{ name: safeText(name, { oneLine: true }), value: safeText(value, { oneLine: true }) }],
  );
  return table(shown, ["name", "value"], { header: false });
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)];
}

function cut(text: string, width: number): string {
  return clip(safeText(text, { oneLine: true }), width);
}
