import { isoTime, systemClock } from "../base/clock.ts";
import { openBudgets, sweepBudgets, type ReserveAnswer } from "../ledger/budgets.ts";
import type { Amounts } from "../policy/amounts.ts";
import type { Budget } from "../policy/budget.ts";
import type { OpenRun } from "./in-run.ts";

export type BudgetRefusal = Extract<ReserveAnswer, { granted: false }>;

export interface Spending {
  open: OpenRun;
  budgets: readonly Budget[];
  agent?: string | undefined;
  subagent?: string | undefined;
  /** The most that the work may spend. */
  amounts: Amounts;
}

/**
 * Does work for which every budget concerned can bear the cost: set aside and on record before, settled at what `spent` says after, also when the work
 * throws. A refusal is an answer. Reservations of dead runs are closed first, as spent.
 */
export async function withinBudget<T>(
  { open, budgets, agent, subagent, amounts }: Spending,
  work: () => Promise<T>,
  spent: () => Amounts,
): Promise<{ granted: true; value: T } | BudgetRefusal> {
  sweepBudgets(open.ledger);
  const books = openBudgets(open.ledger, budgets);
  const month = isoTime(systemClock.nowMs()).slice(0, 7);
  const answer = books.reserve({ month, run: open.run, agent, subagent }, { amounts });
  const { reservation } = answer;
  await open.recorder.append("budget.reserved", { reservation, amounts, granted: answer.granted, ...(answer.granted ? {} : { limit: answer.limit }) });
  if (!answer.granted) return answer;
  try {
    return { granted: true, value: await work() };
  } finally {
    const real = spent();
    books.settle(reservation, real);
    await open.recorder.append("budget.settled", { reservation, amounts: real });
  }
}
