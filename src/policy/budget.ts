import { asNumber, dimensions, exact, exactly, type Amounts, type Dimension, type Exact } from "./amounts.ts";

/** Hierarchical budgets: what is spent counts in the month, the run, the agent and the subagent. Money is set aside before it is spent. */

export const scopes = ["month", "run", "agent", "subagent"] as const;
export type Scope = (typeof scopes)[number];

/** A budget of a policy, e.g. `budgets/run-costs`. */
export interface Budget {
  /** policy/id */
  id: string;
  scope: Scope;
  /** Whether it concerns this agent; true for all when the budget names none. */
  concerns(agent: string | undefined): boolean;
  limits: Amounts;
  alertAt: number;
  /** US dollars per million tokens, where the price is unknown. */
  rateUsd?: number | undefined;
  file: string;
  line: number;
}

/** One limit and what is already taken from it: open reservations and settled spending together. */
export interface Account {
  /** What it is the account of, e.g. `month 2026-11`, `run r-7k2m`, `agent quant`. */
  id: string;
  budget: Budget;
  taken: Exact;
}

export interface Ask {
  amounts: Amounts;
  /** False when costUsd could not be computed; then the rate of a budget is used, or it is refused. */
  priceKnown?: boolean | undefined;
}

/** A limit has been reached, or comes near. Numbers in the units of the dimension. */
export interface Mark {
  /** policy/id of the budget. */
  limit: string;
  account: string;
  dimension: Dimension;
  limitAmount: number;
  asked: number;
  left: number;
}

export type Reservation = { granted: true; amounts: Exact; alerts: Mark[] } | ({ granted: false; reason: string } & Partial<Mark> & { limit: string });

/** Whether every account can bear what is asked. Pure: the caller keeps the books, in one transaction. The strictest limit speaks. */
export function reserve(accounts: readonly Account[], ask: Ask): Reservation {
  const amounts = priced(accounts, ask);
  if (amounts === undefined) {
    return { granted: false, limit: "base/unknown-price", reason: "the price of this model is unknown and no budget gives a rate (rateUsd) for it" };
  }
  let refused: { mark: Mark; left: bigint; limit: bigint } | undefined;
  const alerts: Mark[] = [];
  for (const { account, dimension, limit } of limitsOf(accounts)) {
    const asked = amounts[dimension];
    if (asked === 0n) continue;
    const taken = account.taken[dimension];
    const left = taken > limit ? 0n : limit - taken;
    if (asked > left) {
      // The one with the smallest share left is named.
      if (refused === undefined || left * refused.limit < refused.left * limit) refused = { mark: markOf(account, dimension, asked, left), left, limit };
    } else if (crosses(taken, asked, threshold(account, dimension))) alerts.push(markOf(account, dimension, asked, left));
  }
  if (refused === undefined) return { granted: true, amounts, alerts };
  const { mark } = refused;
  return {
    granted: false,
    ...mark,
    reason: `${mark.limit}: ${mark.asked} ${mark.dimension} asked, ${mark.left} left of ${mark.limitAmount} for the ${mark.account}`,
  };
}

/** What was really spent takes the place of what was set aside; more than that is counted in full and named. */
export function settle(reserved: Exact, spent: Amounts): { spent: Exact; overrun: Amounts | undefined } {
  const real = exactly(spent);
  const over = dimensions.filter((name) => real[name] > reserved[name]);
  const overrun = Object.fromEntries(over.map((name) => [name, asNumber(name, real[name] - reserved[name])]));
  return { spent: real, overrun: over.length === 0 ? undefined : overrun };
}

/** What is asked with its cost; the highest rate of the budgets concerned when the price is unknown. */
function priced(accounts: readonly Account[], ask: Ask): Exact | undefined {
  if (ask.priceKnown !== false) return exactly(ask.amounts);
  const rates = accounts.map((account) => account.budget.rateUsd).filter((rate) => rate !== undefined);
  if (rates.length === 0) return undefined;
  const tokens = exactly(ask.amounts).tokens;
  // rate per million tokens in millionths of a dollar = millionths of a millionth per token
  const cost = tokens * exact("costUsd", Math.max(...rates));
  return { ...exactly(ask.amounts), costUsd: cost / 1_000_000n + (cost % 1_000_000n > 0n ? 1n : 0n) };
}

function* limitsOf(accounts: readonly Account[]): Generator<{ account: Account; dimension: Dimension; limit: bigint }> {
  for (const account of accounts) {
    for (const dimension of dimensions) {
      const limit = account.budget.limits[dimension];
      if (limit !== undefined) yield { account, dimension, limit: exact(dimension, limit, "down") };
    }
  }
}

function markOf(account: Account, dimension: Dimension, asked: bigint, left: bigint): Mark {
  return {
    limit: account.budget.id,
    account: account.id,
    dimension,
    limitAmount: account.budget.limits[dimension] ?? 0,
    asked: asNumber(dimension, asked),
    left: asNumber(dimension, left),
  };
}

function threshold(account: Account, dimension: Dimension): bigint {
  return exact(dimension, (account.budget.limits[dimension] ?? 0) * account.budget.alertAt, "down");
}

function crosses(taken: bigint, asked: bigint, threshold: bigint): boolean {
  return taken < threshold && taken + asked >= threshold;
}
