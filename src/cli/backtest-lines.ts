import { isoTime } from "../base/clock.ts";
import { figure } from "../base/figures.ts";
import { safeText } from "../base/safe-text.ts";
import type { Cell } from "../backtest/rows.ts";
import { metricTable, type Metrics } from "../backtest/metrics.ts";
import type { BacktestStrategyResult } from "../operations/backtest-strategy.ts";
import type { BacktestComparison } from "../operations/compare-backtests.ts";
import type { BacktestRow } from "../operations/list-backtests.ts";
import type { BacktestReport } from "../operations/show-backtest.ts";
import { clip } from "./clip.ts";
import { paint } from "./paint.ts";
import { parameterFlags } from "./parameter-flag.ts";
import { count, seconds } from "./quantity.ts";
import { table } from "./table.ts";

const units = new Map(metricTable.map(({ name, unit }) => [name, unit]));

/** A metric by name, in its unit; a dash where it is undefined. */
function metric(metrics: Metrics | null | undefined, name: string): string {
  return figure(metrics?.[name] ?? null, units.get(name));
}

/** What a backtest came to, on one line; undefined when it came to nothing. */
export function resultLine({ backtest }: BacktestStrategyResult): string | undefined {
  if (backtest?.outcome !== "ok") return undefined;
  const { bars, trades, metrics, durationMs } = backtest;
  const facts = [
    count(bars ?? 0, "bar"),
    count(trades ?? 0, "trade"),
    `cagr ${metric(metrics, "cagr")}`,
    `sharpe ${metric(metrics, "sharpe")}`,
    `max drawdown ${metric(metrics, "maxDrawdown")}`,
  ];
  return `${facts.join(" · ")}   ${backtest.backtest}  ${durationMs < 950 ? `${Math.round(durationMs)} ms` : seconds(durationMs)}`;
}

/** What a person should know of a backtest that was run with the parameters `given`: why it failed, what to worry about, what to do next. */
export function runWords({ backtest, decision }: BacktestStrategyResult, given: Readonly<Record<string, string>>): string[] {
  if (backtest === undefined) return [`next       agentctl policy explain ${decision.id}`];
  const { outcome, why = "", warnings, backtest: id, strategy } = backtest;
  if (outcome !== "ok") return [`${paint("red", outcome)}  ${safeText(why)}`, `on record  ${id}     agentctl backtest show ${id}`];
  const gate = safeText(`agentctl strategy gate ${strategy}${parameterFlags(given)}`, { oneLine: true });
  return [...warningLines(warnings), `next       agentctl backtest report ${id}     ${gate}     agentctl backtest reproduce ${id}`];
}

export function warningLines(warnings: readonly string[]): string[] {
  return warnings.map((warning) => `${paint("yellow", "warn")}       ${safeText(warning, { oneLine: true })}`);
}

/** The list of backtests. */
export function backtestList(rows: readonly BacktestRow[]): string[] {
  const shown = rows.map((row) => ({
    backtest: row.backtest,
    started: row.started.slice(0, 19).replace("T", " "),
    strategy: `${safeText(row.strategy, { oneLine: true })}${row.committed ? "" : "*"}`,
    outcome: row.outcome ?? "unfinished",
    trades: row.trades,
    cagr: figure(row.cagr, "share"),
    sharpe: figure(row.sharpe, "ratio"),
    "max dd": figure(row.maxDrawdown, "share"),
    parameters: clip(parameterWords(row.parameters), 60),
    purpose: row.purpose ?? "",
  }));
  return table(shown, ["backtest", "started", "strategy", "outcome", "trades", "cagr", "sharpe", "max dd", "parameters", "purpose"]);
}

/** Everything about a backtest. */
export function backtestLines(report: BacktestReport): string[] {
  const { finished, settings } = report;
  const facts: [string, string | undefined][] = [
    ["backtest", `${report.backtest}  ${finished?.outcome ?? "unfinished"}${finished === null ? "" : `  ${Math.round(finished.durationMs)} ms`}  ${report.at}`],
    ["why", finished?.why && safeText(finished.why, { oneLine: true })],
    ["purpose", report.purpose],
    ["strategy", `${report.strategy}  sha256:${report.digest.slice(0, 12)}…  ${report.committed ? "commit" : "edited on"} ${report.commit.slice(0, 12)}`],
    ["parameters", parameterWords(report.parameters) || "none"],
    ...report.data.map(({ name, sha256, rows, from, to }, index): [string, string] => [
      index === 0 ? "data" : "",
      `${name}  ${count(rows, "bar")}  ${from.slice(0, 10)} … ${to.slice(0, 10)}  sha256:${sha256.slice(0, 12)}…`,
    ]),
    ["traded", settings.fromMs === undefined ? undefined : `from ${when(settings.fromMs)}`],
    ["costs", costWords(settings.costs)],
    [
      "account",
      `${settings.account.cash} ${settings.account.currency}  leverage ${settings.risk.leverage}  fills at ${settings.fill === "next-open" ? "the next open" : "this close"}`,
    ],
    [
      "engine",
      [`${report.engine}`, report.image && `image ${report.image.slice(0, 19)}…`, `seed ${report.seed}`, `agentctl ${report.version}`]
        .filter(Boolean)
        .join("  "),
    ],
    ["identity", report.identity],
    ["decision", [report.decision, `run ${report.run}`].filter(Boolean).join("  ")],
  ];
  const rows = facts.flatMap(([name, value]) => (value === undefined || value === "" ? [] : [{ name, value: safeText(value, { oneLine: true }) }]));
  return [
    ...table(rows, ["name", "value"], { header: false }),
    ...section("counts", countLines(report)),
    ...section("metrics", metricLines(finished?.metrics ?? {})),
    ...section("first trades", tradeLines(report.firstTrades)),
  ];
}

function countLines({ finished, refused }: BacktestReport): string[] {
  if (finished?.outcome !== "ok") return [];
  const { bars = 0, warmup = 0, orders = 0, trades = 0, ambiguous = 0 } = finished;
  const reasons = Object.entries(refused ?? {}).map(([why, times]) => `${times} for ${why}`);
  return [
    `${count(bars, "bar")} traded over, ${warmup} before them to warm up`,
    `${count(orders, "order")}${reasons.length === 0 ? "" : `, refused: ${reasons.join(", ")}`}`,
    `${count(trades, "trade")}, ${count(ambiguous, "bar")} that left open what came first`,
  ];
}

function metricLines(metrics: Metrics): string[] {
  const known = metricTable.filter(({ name }) => name in metrics);
  return table(
    known.map(({ name, unit, about }) => ({ name, value: figure(metrics[name] ?? null, unit), about: firstSentence(about) })),
    ["name", "value", "about"],
    { header: false },
  );
}

/** Its definition up to what it says of itself, the same with and without more to come. */
function firstSentence(about: string): string {
  return (about.split(/[.;] /)[0] ?? "").replace(/\.$/, "");
}

const shownColumns = ["market", "side", "units", "entry_ts", "entry_price", "exit_ts", "exit_price", "exit", "profit", "return"] as const;

function tradeLines(trades: readonly Readonly<Record<string, Cell>>[]): string[] {
  const rows = trades.map((trade): Record<string, Cell> => ({
    ...trade,
    entry_ts: when(trade["entry_ts"]),
    exit_ts: when(trade["exit_ts"]),
    profit: figure(Number(trade["profit"]), "money"),
    return: figure(Number(trade["return"]), "share"),
  }));
  return rows.length === 0 ? [] : table(rows, [...shownColumns]);
}

/** A day alone where it is midnight. */
function when(ms: Cell | undefined): string {
  return typeof ms === "number" ? isoTime(ms).slice(0, 16).replace("T", " ").replace(" 00:00", "") : "";
}

/** Backtests side by side. */
export function comparisonLines({ backtests, differs, metrics, sameIdentity, sameResult }: BacktestComparison): string[] {
  const columns = ["", ...backtests.map(({ backtest }) => backtest)];
  const heads: { what: string; values: readonly Cell[] }[] = [
    { what: "strategy", values: backtests.map(({ strategy }) => strategy) },
    { what: "outcome", values: backtests.map(({ outcome }) => outcome ?? "unfinished") },
  ];
  const row = ({ what, values }: { what: string; values: readonly Cell[] }, shown: (cell: Cell) => string): Record<string, string> =>
    Object.fromEntries([["", what], ...values.map((value, index): [string, string] => [columns[index + 1] ?? "", shown(value)])]);
  const verdict = sameIdentity ? "one identity" : "different identities";
  return [
    ...table(
      [
        ...[...heads, ...differs.filter(({ what }) => what !== "strategy")].map((each) => row(each, cellText)),
        ...metrics
          .toSorted((a, b) => rank(a.what) - rank(b.what))
          .map((each) => row(each, (cell) => figure(typeof cell === "number" ? cell : null, units.get(each.what)))),
      ],
      columns,
    ),
    "",
    `${verdict}, ${sameResult ? "the same orders, trades and equity" : "different results"}`,
  ];
}

/** A metric's place in the table of metrics; one that this version does not know comes last. */
function rank(name: string): number {
  const place = metricTable.findIndex((known) => known.name === name);
  return place < 0 ? metricTable.length : place;
}

function cellText(cell: Cell): string {
  return clip(safeText(cell === null ? "-" : String(cell), { oneLine: true }), 44);
}

function parameterWords(parameters: Readonly<Record<string, unknown>>): string {
  return safeText(
    Object.entries(parameters)
      .map(([name, value]) => `${name}=${String(value)}`)
      .join(" "),
    { oneLine: true },
  );
}

function costWords({ taker, maker, fixed, spread, slippage, borrow }: BacktestReport["settings"]["costs"]): string {
  const { model, ...how } = slippage;
  const slip = Object.values(how).join("");
  return [
    `taker ${taker}`,
    `maker ${maker}`,
    `fixed ${fixed}`,
    `spread ${spread}`,
    `slippage ${model}${slip === "" ? "" : ` ${slip}`}`,
    `borrow ${borrow}`,
  ].join("  ");
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)];
}
