import { isoTime } from "../base/clock.ts";
import { share } from "../base/figures.ts";
import { safeText } from "../base/safe-text.ts";
import type { ExperimentReport, ReportedVariant } from "../backtest/search/report.ts";
import { regimeNames } from "../strategy/regime.ts";
import { parameterFlags } from "./parameter-flag.ts";
import { count } from "./quantity.ts";
import { table } from "./table.ts";

const rowsShown = 5;

/** An experiment's outcome for people: the best variants with what they did in each regime, then what was earned on bars not seen. */
export function experimentLines(report: ExperimentReport): string[] {
  const { best, variants, scored, positive, failed, why } = report;
  const above = variants === 0 ? "" : ` (${share(positive / variants)})`;
  return [
    `${count(variants, "variant")} on all bars, ${scored} with a score, ${positive} above 0${above}${failed === 0 ? "" : `, ${failed} failed: ${why ?? ""}`}`,
    ...(best === null ? ["no variant has a score: none traded, or the objective is undefined for all of them"] : topLines(report)),
    ...walkForwardLines(report),
  ];
}

/** What to do next: the gate is asked about the variant that an experiment would have one choose, not about the defaults. */
export function experimentNext({ experiment, sturdiest, best }: ExperimentReport & { experiment: string }, strategy: string): string {
  const chosen = sturdiest ?? best;
  const gate = chosen === null ? "" : `   agentctl strategy gate ${strategy}${parameterFlags(chosen.parameters)}`;
  return safeText(`next       agentctl experiment show ${experiment}${gate}`, { oneLine: true });
}

function topLines({ top, sturdiest, objective }: ExperimentReport): string[] {
  const shown = top.slice(0, rowsShown);
  const others = sturdiest === null || shown.some(({ trial }) => trial === sturdiest.trial) ? [] : [sturdiest];
  const regimes = regimeNames.filter((name) => shown.some((variant) => name in variant.regimes));
  const rows = [...shown, ...others].map((variant): Record<string, string> => ({
    variant: parameterWords(variant.parameters),
    [objective === "sharpe" ? "score" : objective]: figure(variant.score),
    robust: figure(variant.robust) + (variant.trial === sturdiest?.trial ? " *" : ""),
    return: percent(variant.totalReturn),
    drawdown: percent(variant.maxDrawdown),
    trades: String(variant.trades ?? "-"),
    ...Object.fromEntries(regimes.map((name) => [name, figure(variant.regimes[name] ?? null)])),
  }));
  const columns = Object.keys(rows[0] ?? {});
  return [
    ...table(rows, columns),
    ...(sturdiest === null ? [] : ["* the sturdiest: the highest of the lower of worst regime and median of the neighbourhood (Sharpe ratios)"]),
  ];
}

function walkForwardLines({ walkForward }: ExperimentReport): string[] {
  if (walkForward === undefined) return [];
  const { windows, efficiency, positive, sharpe, trades, failed } = walkForward;
  const rows = windows.map((window) => ({
    test: `${day(window.fromMs)} – ${day(window.toMs)}`,
    chosen: window.parameters === null ? "nothing" : parameterWords(window.parameters),
    train: percent(window.trainReturn),
    earned: percent(window.testReturn),
    trades: String(window.testTrades ?? "-"),
  }));
  const idle = failed === 0 ? "" : `  without a trade, or without a gain in training ${failed}`;
  const kept = efficiency === null ? "undefined: not every training window gained" : `${share(efficiency)} of the growth in sample`;
  return [
    "",
    "walk-forward, each chosen on the bars before its test",
    ...table(rows, ["test", "chosen", "train", "earned", "trades"]),
    `out of sample  return ${percent(walkForward.return)}  sharpe ${figure(sharpe)}  trades ${trades}  windows with a gain ${share(positive)}${idle}`,
    `efficiency     ${kept}`,
  ];
}

/** Scores over two parameters as text, dark to light; undefined when not just two were varied, or too many values. */
export function heatMap(points: readonly Pick<ReportedVariant, "parameters" | "score">[]): string[] {
  const names = Object.keys(points[0]?.parameters ?? {}).filter((name) => new Set(points.map(({ parameters }) => parameters[name])).size > 1);
  const [down, right] = names;
  if (down === undefined || right === undefined || names.length !== 2) return [];
  const rows = valuesOf(points, down);
  const columns = valuesOf(points, right);
  if (rows.length > 40 || columns.length > 100) return [];
  const scores = points.map(({ score }) => score).filter((score) => score !== null);
  const low = Math.min(...scores);
  const high = Math.max(...scores);
  const shade = (score: number | null | undefined): string =>
    score === null || score === undefined ? " " : (shades[Math.round(((score - low) / (high - low || 1)) * 4)] ?? " ");
  const at = new Map(points.map(({ parameters, score }) => [`${parameters[down]} ${parameters[right]}`, score]));
  const width = Math.max(...rows.map((value) => String(value).length), down.length);
  return [
    `${down} down, ${right} ${String(columns[0])} to ${String(columns.at(-1))} across; ${shades[0]} ${figure(low)} to ${shades.at(-1)} ${figure(high)}`,
    ...rows.map((row) => `${String(row).padStart(width)}  ${columns.map((column) => shade(at.get(`${row} ${column}`))).join("")}`.trimEnd()),
  ];
}

const shades = ["·", "░", "▒", "▓", "█"] as const;

function valuesOf(points: readonly Pick<ReportedVariant, "parameters">[], name: string): (number | string | boolean)[] {
  const values = [...new Set(points.map(({ parameters }) => parameters[name]))].filter((value) => value !== undefined);
  return values.toSorted((a, b) => (typeof a === "number" && typeof b === "number" ? a - b : 0));
}

function parameterWords(parameters: ReportedVariant["parameters"]): string {
  const words = Object.entries(parameters).map(([name, value]) => `${name}=${typeof value === "number" ? Number(value.toPrecision(6)) : value}`);
  return words.join(" ") || "no parameters";
}

function figure(value: number | null): string {
  return value === null ? "-" : value.toFixed(2);
}

function percent(value: number | null): string {
  return value === null ? "-" : share(value);
}

function day(ms: number): string {
  return isoTime(ms).slice(0, 10);
}
