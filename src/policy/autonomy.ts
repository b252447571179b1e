import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import { riskClasses, type RiskClass } from "./request.ts";

/**
 * How much an agent may do by itself, class by class: never more than its committed agent.yaml says, less after every breach. Breaches count for the level that the
 * class had by agent.yaml when they happened, and for lower ones, until `renewed` is another day: so only a landed change that takes two keys ends them, a lower
 * level never does, and the old level brings them back.
 */

/** What agent.yaml says beside the level: a lower one for single classes, and that it is given another chance. */
export type AutonomyCaps = { readonly [K in RiskClass]?: number | undefined } & { readonly renewed?: string | undefined };

/** An agent as far as its autonomy goes. */
export interface AutonomyHolder {
  name: string;
  /** The most that it may have. */
  level: number;
  autonomy?: AutonomyCaps | undefined;
}

/** 3 lowers at once; of those with 1 it takes three. */
export type BreachWeight = 1 | 3;
const weightOfStep = 3;

export interface Breach {
  classes: readonly RiskClass[];
  weight: BreachWeight;
  /** What happened, for people. */
  what: string;
  /** One that repeats within a run counts once. */
  once: string;
}

/** Digest over level and autonomy, whatever else of the agent changes. */
export function termsOf({ level, autonomy }: Pick<AutonomyHolder, "level" | "autonomy">): string {
  const said = Object.entries(autonomy ?? {}).filter(([, value]) => value !== undefined);
  return sha256(canonicalJson(["agentctl-autonomy-1", level, Object.fromEntries(said)]));
}

/** The level of a class by agent.yaml alone. */
export function declaredLevel({ level, autonomy }: Pick<AutonomyHolder, "level" | "autonomy">, riskClass: RiskClass): number {
  return bounded(Math.min(level, autonomy?.[riskClass] ?? level));
}

/** Breaches of one class: the level that it had by agent.yaml when they happened, and the sum of their weights. */
export interface Weight {
  declared: number;
  weight: number;
}

/** The level that counts, after the breaches of the class since `renewed`. Those of a lower declared level are over; what is no number leaves level 1. */
export function effectiveLevel(holder: Pick<AutonomyHolder, "level" | "autonomy">, riskClass: RiskClass, weights: readonly Weight[]): number {
  const declared = declaredLevel(holder, riskClass);
  const left = weights.flatMap(({ declared: then, weight }) => {
    if (!Number.isInteger(then) || !Number.isFinite(weight) || weight < 0) return [1];
    return then < declared ? [] : [bounded(then - Math.floor(weight / weightOfStep))];
  });
  return Math.min(declared, ...left);
}

/** From 1 to 4; what is no number is the least. */
function bounded(level: number): number {
  return Number.isFinite(level) ? Math.min(4, Math.max(1, Math.trunc(level))) : 1;
}

/** What is looked at of an event; others are never breaches. */
export interface Happened {
  kind: string;
  data: object;
}

type Facts = Readonly<Record<string, unknown>>;

/** Answers that checks or the critic sent back in one part of a run, from which on it is one. */
export const rejectionsMax = 3;

/**
 * Whether something that happened in an agent's run is a breach. `rejections` counts the answers that were sent back in it before this one. Denied use of
 * credentials or trading weighs 3, and so does a change of its own that was taken back (`rolledBack`); a used-up limit on tokens or money and a run of rejected
 * answers weigh 1 each, in all classes.
 */
export function breachOf({ kind, data }: Happened, { agent, rejections = 0 }: { agent: string; rejections?: number }): Breach | undefined {
  const facts = data as Facts;
  if (kind === "decision.made") {
    const request = (facts["request"] ?? {}) as { class?: unknown; action?: unknown; actor?: { kind?: unknown; name?: unknown } };
    const { class: of, actor } = request;
    if (facts["effect"] !== "deny" || (of !== "C" && of !== "T") || actor?.kind !== "agent" || actor.name !== agent) return undefined;
    const what = `was denied ${String(request.action)}, which is of class ${of}`;
    return { classes: [of], weight: 3, what, once: `denied ${of}` };
  }
  if (kind === "limit.reached" && (facts["limit"] === "tokens" || facts["limit"] === "costUsd")) {
    return { classes: riskClasses, weight: 1, what: `used up its limit ${facts["limit"]}`, once: `limit ${facts["limit"]}` };
  }
  if (kind === "answer.judged" && facts["accepted"] === false && rejections + 1 >= rejectionsMax) {
    return { classes: riskClasses, weight: 1, what: `${rejectionsMax} of its answers in one run were sent back`, once: "rejected answers" };
  }
  return undefined;
}

/** A change that it proposed, and that people took back after it had landed. */
export function rolledBack(proposal: string): Breach {
  return { classes: ["W"], weight: 3, what: `${proposal}, which it proposed, was rolled back`, once: `rollback ${proposal}` };
}

/** What the record says of an agent since its terms changed, of one class or of all its runs. */
export interface AutonomyFigures {
  successes: number;
  /** Successes and failures; what was denied or waits is neither. */
  judged: number;
  /** Lower end of the 95 % interval of the share of successes. */
  low: number;
  regressions: number;
  incidents: number;
  /** Sum of the weights of breaches. */
  weight: number;
}

/** What has to be shown for one level more. They stand in the code: nobody earns more by an edit of a file. 20 of 20 has a lower end of 0.84. */
export const earning = { successMin: 20, rateMin: 0.8 } as const;

/** What is missing for one level more; nothing where it is earned. */
export function missing({ successes, judged, low, regressions, incidents, weight }: AutonomyFigures): string[] {
  const reasons: string[] = [];
  if (!(successes >= earning.successMin)) reasons.push(`${successes} successes of ${earning.successMin}`);
  if (!(low >= earning.rateMin))
    reasons.push(`a success rate of at least ${Math.floor(100 * low)} % (${successes} of ${judged}); ${100 * earning.rateMin} % is asked`);
  if (regressions !== 0) reasons.push(`${regressions} ${regressions === 1 ? "regression" : "regressions"}`);
  if (incidents !== 0) reasons.push(`${incidents} ${incidents === 1 ? "incident" : "incidents"}`);
  if (weight !== 0) reasons.push("breaches since these terms");
  return reasons;
}

/** The level that was earned: one more than declared, or the declared one. */
export function earnedLevel(declared: number, figures: AutonomyFigures): number {
  return missing(figures).length === 0 ? bounded(declared + 1) : bounded(declared);
}
