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

/** Asks one check. It fails closed: one that throws, lacks a limit, or finds no figure has failed. `stop` is thrown on. */
export async function askCheck(check: Check, subject: Subject, stop?: AbortSignal): Promise<GateCheck> {
  const { relation, ...limit } = checkLimits[check.name] as { relation: "≥" | "≤"; unit?: string };
  const threshold = subject.limits[check.name] ?? null;
  const about = { relation, threshold, ...(limit.unit !== undefined && { unit: limit.unit }), meaning: check.meaning };
  const missing = [check.name, ...(check.needs ?? [])].filter((name) => subject.limits[name] === undefined);
  const found = missing.length > 0 ? unset(missing) : await asked(check, subject);
  stop?.throwIfAborted();
  const figure = found.figure !== null && Number.isFinite(found.figure) ? found.figure : null;
  const reached = figure !== null && threshold !== null && (relation === "≥" ? figure >= threshold : figure <= threshold);
  return { check: check.name, passed: reached && found.sound !== false, figure, ...about, found: found.found };
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
