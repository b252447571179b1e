import type { MetricFacts } from "./facts.ts";

/** share: 0.05 is 5 %. money: of the account's currency. ratio: a plain number. */
export type MetricUnit = "share" | "money" | "ratio" | "count" | "days" | "bars";

export interface Metric {
  name: string;
  unit: MetricUnit;
  /** Its definition, in one line. */
  about: string;
  source: string;
  /** NaN, ±Infinity and null all mean that it is undefined. */
  of(facts: MetricFacts): number | null;
}
