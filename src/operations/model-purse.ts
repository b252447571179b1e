import { isoTime, systemClock } from "../base/clock.ts";
import type { Recorder } from "../event/events.ts";
import { openBudgets, sweepBudgets, type Spender } from "../ledger/budgets.ts";
import type { Purse } from "../llm/ports.ts";
import type { Budget, Mark } from "../policy/budget.ts";
import type { OpenRun } from "./in-run.ts";

export interface PurseAsked {
  open: Pick<OpenRun, "run" | "ledger" | "recorder">;
  budgets: readonly Budget[];
  agent?: string | undefined;
  subagent?: string | undefined;
  /** A budget comes near its limit (80 % unless it says otherwise); told once a run for each budget and dimension. */
  onAlert?: ((mark: Mark) => void) | undefined;
}

/** The alerts that each run has told. */
const toldIn = new WeakMap<Recorder, Set<string>>();

/**
 * The budgets as those who ask models see them: the most that a try may take is set aside and on record before it, what it took is settled after it. A
 * model without a price is refused unless a budget says what to count for it.
 */
export function modelPurse({ open, budgets, agent, subagent, onAlert }: PurseAsked): Purse {
  const books = openBudgets(open.ledger, budgets);
  const told = toldIn.get(open.recorder) ?? new Set<string>();
  toldIn.set(open.recorder, told);
  // What killed runs had set aside counts as spent from here on.
  sweepBudgets(open.ledger);
  return {
    async reserve({ tokens, costUsd, priceKnown }) {
      const spender: Spender = { month: monthNow(), run: open.run, agent, subagent };
      const answer = books.reserve(spender, { amounts: { tokens, costUsd }, priceKnown });
      const { reservation, granted } = answer;
      const amounts = granted ? answer.amounts : { tokens, costUsd };
      await open.recorder.append("budget.reserved", { reservation, amounts, granted, ...(granted ? {} : { limit: answer.limit }) });
      if (!granted) return { granted, limit: answer.limit, reason: answer.reason };
      for (const mark of answer.alerts) {
        const about = `${mark.limit} ${mark.account} ${mark.dimension}`;
        if (!told.has(about)) onAlert?.(mark);
        told.add(about);
      }
      return { granted, reservation, ...(!priceKnown && { costRateUsd: rateOf(budgets, books.taken(spender)) }) };
    },
    async settle(reservation, amounts) {
      books.settle(reservation, amounts);
      await open.recorder.append("budget.settled", { reservation, amounts });
    },
  };
}

/** The month that spending counts in, e.g. 2026-11. */
export function monthNow(): string {
  return isoTime(systemClock.nowMs()).slice(0, 7);
}

/** US dollars per million tokens for a model without a price: the highest of the budgets concerned. */
function rateOf(budgets: readonly Budget[], concerned: readonly { budget: string }[]): number | undefined {
  const ids = new Set(concerned.map(({ budget }) => budget));
  const rates = budgets.flatMap(({ id, rateUsd }) => (ids.has(id) && rateUsd !== undefined ? [rateUsd] : []));
  return rates.length === 0 ? undefined : Math.max(...rates);
}
