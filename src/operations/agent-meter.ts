import { systemClock } from "../base/clock.ts";
import type { AgentLimits } from "../agent/agent.ts";
import type { LimitHit } from "../agent/ports.ts";

export interface Spent {
  tokens: number;
  costUsd: number;
  iterations: number;
  toolCalls: number;
}

/** The one place where the limits of a run stand: every model call passes `hit` first, and everything spent is counted here. */
export interface AgentMeter {
  count(spent: Partial<Spent>): void;
  spent(): Spent;
  /** The limit that the next model call would go beyond. `iteration` is its number within the subtask. */
  hit(iteration: number): LimitHit | undefined;
  /** What is left of the time, ms; 0 at least. */
  leftMs(): number;
}

/** `usedMs` is the time that earlier parts of the run took. */
export function openMeter(limits: AgentLimits, usedMs: number): AgentMeter {
  const total: Spent = { tokens: 0, costUsd: 0, iterations: 0, toolCalls: 0 };
  const startedMs = systemClock.monotonicMs();
  const wallMs = (): number => Math.round(usedMs + systemClock.monotonicMs() - startedMs);
  return {
    count(spent) {
      for (const name of Object.keys(total) as (keyof Spent)[]) total[name] += spent[name] ?? 0;
    },
    spent: () => ({ ...total, costUsd: Math.round(total.costUsd * 1e6) / 1e6 }),
    hit(iteration) {
      const marks: LimitHit[] = [
        { limit: "iterations", used: iteration - 1, most: limits.iterations },
        { limit: "tokens", used: total.tokens, most: limits.tokens },
        { limit: "wallMs", used: wallMs(), most: limits.wallMs },
      ];
      const reached = marks.find(({ used, most }) => used >= most);
      if (reached !== undefined) return reached;
      // Models that cost nothing are no reason to stop at a limit of zero dollars.
      return total.costUsd > 0 && total.costUsd >= limits.costUsd ? { limit: "costUsd", used: total.costUsd, most: limits.costUsd } : undefined;
    },
    leftMs: () => Math.max(0, limits.wallMs - wallMs()),
  };
}
