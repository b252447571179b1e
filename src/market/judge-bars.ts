import type { Bars } from "../strategy/bars.ts";
import type { DataSet } from "./data-set.ts";
import { findGaps, guessCalendar } from "./gaps.ts";
import { inspectBars } from "./inspect-bars.ts";
import { orderOfTime, pickBars } from "./pick-bars.ts";
import { problemKinds, Problems, type Problem, type ProblemKind } from "./problems.ts";

export interface Thresholds {
  /** Bad rows that may be left out. */
  badMax: number;
  /** Share of the expected bars that may be missing. */
  gapsMax: number;
  /** Bars at the end that may repeat one price. */
  frozenMax: number;
}

export const usualThresholds: Thresholds = { badMax: 0, gapsMax: 0.01, frozenMax: 10 };

/** The state of some bars: what was found, and which of it is beyond a threshold. */
export interface Health {
  passed: boolean;
  /** Why not, each with the figure and its threshold. */
  refused: string[];
  rows: number;
  /** Rows with a problem, and of these, those that were left out. */
  bad: number;
  leftOut: number;
  counts: Partial<Record<ProblemKind, number>>;
  /** The first hundred. */
  problems: Problem[];
  missing: number;
  missingShare: number;
  gaps: DataSet["gaps"];
  /** Bars at the end that repeat one price. */
  frozen: number;
  /** How far apart most bars are, where that is not the timeframe, e.g. "1d". */
  spacing: string | null;
}

export interface JudgedBars {
  health: Health;
  calendar: DataSet["calendar"];
  /** Those without a problem, in the order of time; to be used only when `health.passed`. */
  bars: Bars;
}

/**
 * Judges bars against thresholds. Bad rows are left out up to `badMax` of them, and count as missing; they are never repaired. Rows out of order cannot be
 * left out, since it is not known which of them stands wrong: they are sorted when `sort` says so.
 */
export function judgeBars(
  given: { bars: Bars; rowOf: (at: number) => number; problems?: Problems },
  rules: { timeframeMs: number; calendar?: DataSet["calendar"] | undefined; sort: boolean; thresholds: Thresholds },
): JudgedBars {
  const { problems = new Problems() } = given;
  const places = rules.sort ? orderOfTime(given.bars) : undefined;
  const bars = places === undefined ? given.bars : pickBars(given.bars, places);
  const rowOf = (at: number): number => given.rowOf(places?.[at] ?? at);
  const calendar = rules.calendar ?? guessCalendar(bars);
  const { spacing, frozen } = inspectBars(bars, { timeframeMs: rules.timeframeMs, calendar }, problems, rowOf);
  const good: number[] = [];
  for (let at = 0; at < bars.length; at += 1) if (!problems.has(rowOf(at))) good.push(at);
  const whole = problems.bad === 0 ? bars : pickBars(bars, good);
  const disordered = problems.count("order") > 0;
  const { gaps, missing } = disordered ? { gaps: [], missing: 0 } : findGaps(whole, rules.timeframeMs, calendar);
  const missingShare = whole.length === 0 ? 0 : missing / (whole.length + missing);
  const found = { rows: whole.length, bad: problems.bad, missing, missingShare, frozen, spacing };
  const refused = refusals(found, problems, rules.thresholds);
  const passed = refused.length === 0;
  const health = {
    passed,
    refused,
    ...found,
    leftOut: passed ? problems.bad : 0,
    counts: Object.fromEntries(problems.counts),
    problems: problems.listed.toSorted((a, b) => a.row - b.row),
    gaps,
  };
  return { health, calendar, bars: whole };
}

function refusals(
  { rows, bad, missing, missingShare, frozen, spacing }: Pick<Health, "rows" | "bad" | "missing" | "missingShare" | "frozen" | "spacing">,
  problems: Problems,
  { badMax, gapsMax, frozenMax }: Thresholds,
): string[] {
  const refused: string[] = [];
  if (rows === 0) refused.push("there are no good bars");
  if (spacing !== null) refused.push(`most bars are ${spacing} apart, which is not the timeframe`);
  if (problems.count("order") > 0) refused.push(`rows out of order: ${problems.count("order")} are older than the row before`);
  if (bad > badMax) refused.push(`bad rows: ${bad}, and at most ${badMax} may be left out (${kindsOf(problems)})`);
  if (missingShare > gapsMax) refused.push(`missing bars: ${missing}, a share of ${missingShare.toPrecision(3)}, and at most ${gapsMax} may be`);
  if (frozen > frozenMax) refused.push(`the last ${frozen} bars repeat one price, and at most ${frozenMax} may`);
  return refused;
}

function kindsOf(problems: Problems): string {
  return [...problems.counts].map(([kind, count]) => `${count} × ${problemKinds[kind]}`).join("; ");
}
