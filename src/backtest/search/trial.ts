import type { Metrics } from "../metrics.ts";
import type { ParameterValues } from "../../strategy/bar-strategy.ts";

/** One variant on one window. */
export interface Trial {
  /** Number within the experiment. */
  trial: number;
  parameters: ParameterValues;
  /** Bars are traded that open from here on … */
  fromMs: number;
  /** … and before this; there are no later ones. */
  toMs: number;
}

export type TrialEnd =
  | { trial: number; outcome: "ok"; metrics: Metrics }
  /** The strategy's own failure. */
  | { trial: number; outcome: "failed" | "timeout" | "oom"; why: string };

/** Tries variants; `ended` is told in batches as they end, in any order. Rejects when work has to stop, or when something broke that is not the strategy. */
export interface TrialRunner {
  run(trials: readonly Trial[], ended: (ends: TrialEnd[]) => void | Promise<void>): Promise<void>;
  close(): Promise<void>;
}
