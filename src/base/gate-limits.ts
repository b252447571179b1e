/**
 * The numbers that a strategy is held to by `strategy gate`: one limit a check, and the conditions under which the checks ask. Policy sets them, a
 * strategy may tighten them; both read their names here.
 */
export interface GateLimit {
  /** A figure must be at least (≥) or at most (≤) this; a condition with ≥ asks harder the higher it is. */
  relation: "≥" | "≤";
  min: number;
  max: number;
  unit?: string;
  about: string;
}

/** Limits of the checks, by the name of the check. */
export const checkLimits = {
  "data-health": { relation: "≤", min: 0, max: 1, about: "share of bars that are missing, stale or impossible" },
  trades: { relation: "≥", min: 1, max: 1e9, unit: "trades", about: "closed trades, without those that only the end of the data closed" },
  fills: { relation: "≤", min: 0, max: 1, about: "share of trades whose bar left open which exit came first" },
  "look-ahead": { relation: "≤", min: 0, max: 0, unit: "orders", about: "orders that change when the bars after them are taken away" },
  lag: { relation: "≥", min: 0, max: 1, about: "share of the Sharpe ratio that is left when orders come one bar later" },
  "warm-up": { relation: "≤", min: 0, max: 1, about: "share of orders that depend on how much history came before" },
  costs: { relation: "≥", min: 0, max: 1, about: "share of the Sharpe ratio that is left when costs are multiplied" },
  neighbours: { relation: "≥", min: 0, max: 1, about: "Sharpe ratio of the median neighbour in parameters, as a share of its own" },
  "walk-forward": { relation: "≥", min: 0, max: 10, about: "return a year out of sample, as a share of that in sample" },
  drawdown: { relation: "≤", min: 0, max: 1, about: "drawdown that one of twenty resampled histories exceeds" },
  permutation: { relation: "≤", min: 0, max: 1, about: "chance that the best of as many variants does as well on bars without order" },
  "deflated-sharpe": { relation: "≥", min: 0, max: 1, about: "probability that the Sharpe ratio is above what the best of so many trials shows by luck" },
  overfitting: { relation: "≤", min: 0, max: 1, about: "probability that the variant that is best in sample is below the median out of sample" },
} as const satisfies Record<string, GateLimit>;

/** Conditions of the checks. */
const gateConditions = {
  "cost-floor": { relation: "≥", min: 0, max: 0.1, about: "what a fill costs at least, as a share of its value; lower costs are raised to it" },
  "cost-factor": { relation: "≥", min: 1, max: 100, unit: "×", about: "what costs are multiplied by" },
  permutations: { relation: "≥", min: 19, max: 100_000, about: "permutations of the bars" },
  resamples: { relation: "≥", min: 100, max: 1_000_000, about: "resampled histories that the drawdown is taken from" },
} as const satisfies Record<string, GateLimit>;

export const gateLimits = { ...checkLimits, ...gateConditions };

export type CheckName = keyof typeof checkLimits;
export type GateLimitName = keyof typeof gateLimits;

export const gateLimitNames = Object.keys(gateLimits) as GateLimitName[];

export function isGateLimit(name: string): name is GateLimitName {
  return Object.hasOwn(gateLimits, name);
}

/** Which of two values holds: the stricter. */
export function stricter(name: GateLimitName, a: number, b: number): number {
  return gateLimits[name].relation === "≥" ? Math.max(a, b) : Math.min(a, b);
}

/** Properties of a JSON Schema, one a limit. */
export const gateLimitProperties = Object.fromEntries(
  gateLimitNames.map((name) => {
    const { relation, min, max, about } = gateLimits[name];
    return [name, { type: "number", minimum: min, maximum: max, description: `${relation} ${about}.` }];
  }),
);
