import { checkLimits } from "../../base/gate-limits.ts";
import { messageOf } from "../../base/errors.ts";
import type { GateCheck } from "../gate-check.ts";
import type { Check, Found } from "./check.ts";
import { costs } from "./costs.ts";
import { dataHealth } from "./data-health.ts";
import { deflatedSharpe } from "./deflated-sharpe.ts";
import { drawdown } from "./drawdown.ts";
import { fills } from "./fills.ts";
import { lag } from "./lag.ts";
import { lookAhead } from "./look-ahead.ts";
import { neighbours } from "./neighbours.ts";
import { overfitting } from "./overfitting.ts";
import { permutation } from "./permutation.ts";
import type { Subject } from "./subject.ts";
import { trades } from "./trades.ts";
import { walkForward } from "./walk-forward.ts";
import { warmUp } from "./warm-up.ts";

/** Every check of the gate, the quick ones first. */
export const checks: readonly Check[] = [
  dataHealth,
  trades,
  fills,
  lookAhead,
  lag,
  warmUp,
  costs,
  neighbours,
  walkForward,
  drawdown,
  permutation,
  deflatedSharpe,
  overfitting,
];

/** Asks one check. It fails closed: one that throws, lacks a limit, or finds no figure has failed. What makes `stop` stop is thrown on. */
export async function askCheck(check: Check, subject: Subject, stop?: AbortSignal): Promise<GateCheck> {
  const missing = [check.name, ...(check.needs ?? [])].filter((name) => subject.limits[name] === undefined);
  const found = missing.length > 0 ? unset(missing) : await asked(check, subject);
  stop?.throwIfAborted();
  return answered(check, subject.limits, found);
}

/** Every check of a strategy that cannot be asked about at all: each has failed. */
export function failedChecks(limits: Subject["limits"], why: string): GateCheck[] {
  return checks.map((check) => answered(check, limits, { figure: null, found: `could not be asked: ${why}` }));
}

function answered({ name, meaning }: Check, limits: Subject["limits"], { figure: raw, found, sound }: Found): GateCheck {
  const { relation, unit }: { relation: "≥" | "≤"; unit?: string } = checkLimits[name];
  const threshold = limits[name] ?? null;
  const figure = raw !== null && Number.isFinite(raw) ? raw : null;
  const reached = figure !== null && threshold !== null && (relation === "≥" ? figure >= threshold : figure <= threshold);
  return { check: name, passed: reached && sound !== false, figure, relation, threshold, ...(unit !== undefined && { unit }), found, meaning };
}

function unset(names: readonly string[]): Found {
  return { figure: null, found: `no policy sets ${names.join(", ")}, so nothing passes` };
}

async function asked(check: Check, subject: Subject): Promise<Found> {
  try {
    return await check.ask(subject);
  } catch (thrown) {
    return { figure: null, found: `could not be asked: ${messageOf(thrown)}` };
  }
}
