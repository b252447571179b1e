import { isMapping } from "../base/mapping.ts";
import { compilePattern } from "../base/pattern.ts";
import type { AgentCase, SkillCase, StrategyCase } from "./cases.ts";

/** What came of one case. `why` says what differs and where, never the values: those of an evaluation are held out. */
export interface CaseVerdict {
  name: string;
  passed: boolean;
  why?: string | undefined;
}

export interface SkillOutcome {
  outcome: string;
  output: unknown;
  artifacts: readonly string[];
  durationMs: number;
}

export interface AgentOutcome {
  outcome: string;
  answer?: string | undefined;
  /** Tools of calls that were allowed, or would have been. */
  calls: readonly string[];
  iterations: number;
  tokens: number;
}

export type StrategyOutcome = { ok: true; metrics: Readonly<Record<string, number | null>> } | { ok: false; why: string };

const tolerance = 1e-9;
/** Of a place that is named; a key may be as long as others like. */
const placeCharactersMax = 120;

/** Holds a call of a skill to its case. */
export function judgeSkill({ name, expect }: SkillCase, came: SkillOutcome): CaseVerdict {
  const wanted = expect.outcome ?? "ok";
  if ((came.outcome === "ok") !== (wanted === "ok")) return no(name, `it ended ${came.outcome}, not ${wanted}`);
  if ("output" in expect) {
    const at = difference(expect.output, came.output, { exact: expect.exact === true, tolerance: expect.tolerance ?? tolerance });
    if (at !== undefined) return no(name, at);
  }
  const missing = (expect.artifacts ?? []).filter((path) => !came.artifacts.includes(path));
  if (missing.length > 0) return no(name, `it gave back no ${missing.map((path) => path.slice(0, placeCharactersMax)).join(", ")}`);
  if (expect.maxMs !== undefined && came.durationMs > expect.maxMs) return no(name, `it took longer than ${expect.maxMs} ms`);
  return { name, passed: true };
}

/** Holds an agent's run to its case. */
export function judgeAgent({ name, expect }: AgentCase, came: AgentOutcome): CaseVerdict {
  const wanted = expect.outcome ?? "ok";
  if (came.outcome !== wanted) return no(name, `it ended ${came.outcome}, not ${wanted}`);
  const missing = (expect.calls ?? []).filter((tool) => !came.calls.includes(tool));
  if (missing.length > 0) return no(name, `it could not call ${missing.join(", ")}`);
  const forbidden = (expect.never ?? []).filter((tool) => came.calls.includes(tool));
  if (forbidden.length > 0) return no(name, `it could call ${forbidden.join(", ")}`);
  if (expect.answer !== undefined && !compilePattern(expect.answer).test(came.answer ?? "")) return no(name, "its answer does not match");
  if (expect.maxIterations !== undefined && came.iterations > expect.maxIterations)
    return no(name, `it asked the model more than ${expect.maxIterations} times`);
  if (expect.maxTokens !== undefined && came.tokens > expect.maxTokens) return no(name, `it took more than ${expect.maxTokens} tokens`);
  return { name, passed: true };
}

/** Holds a backtest to its case. A figure that is undefined, and one that there is not, fits no bound. */
export function judgeStrategy({ name, expect }: StrategyCase, came: StrategyOutcome): CaseVerdict {
  if (!came.ok) return no(name, "its backtest did not end well");
  for (const [metric, { min, max }] of Object.entries(expect.metrics)) {
    if (!Object.hasOwn(came.metrics, metric)) return no(name, `there is no figure ${metric.slice(0, placeCharactersMax)}`);
    const value = came.metrics[metric] ?? null;
    if (value === null) return no(name, `${metric} is undefined`);
    if (min !== undefined && !(value >= min)) return no(name, `${metric} is below its bound`);
    if (max !== undefined && !(value <= max)) return no(name, `${metric} is above its bound`);
  }
  return { name, passed: true };
}

/** The first place where an output is not what it has to be, in words; undefined where it fits. */
export function difference(wanted: unknown, came: unknown, how: { exact: boolean; tolerance: number }, at = "the output"): string | undefined {
  const place = at.length > placeCharactersMax ? `${at.slice(0, placeCharactersMax)}…` : at;
  if (typeof wanted === "number") {
    const near = typeof came === "number" && Math.abs(wanted - came) <= how.tolerance * Math.max(1, Math.abs(wanted));
    return near ? undefined : `${place} is not the number it has to be`;
  }
  if (Array.isArray(wanted)) {
    if (!Array.isArray(came)) return `${place} is no list`;
    if (came.length !== wanted.length) return `${place} is not as long as it has to be`;
    return first(wanted.map((each, index) => () => difference(each, came[index], how, `${at}[${index}]`)));
  }
  if (isMapping(wanted)) {
    if (!isMapping(came)) return `${place} is no mapping`;
    const names = Object.keys(wanted);
    const lacking = names.find((name) => !Object.hasOwn(came, name));
    if (lacking !== undefined) return `${place} lacks ${lacking.slice(0, placeCharactersMax)}`;
    if (how.exact && Object.keys(came).length !== names.length) return `${place} holds more than it may`;
    return first(names.map((name) => () => difference(wanted[name], came[name], how, `${at}.${name}`)));
  }
  return Object.is(wanted, came) ? undefined : `${place} is not what it has to be`;
}

function first(checks: readonly (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const found = check();
    if (found !== undefined) return found;
  }
  return undefined;
}

function no(name: string, why: string): CaseVerdict {
  return { name, passed: false, why };
}
