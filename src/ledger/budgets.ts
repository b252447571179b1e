import { AgentctlError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import { add, dimensions, inWords, nothing, type Amounts, type Dimension, type Exact } from "../policy/amounts.ts";
import { reserve, settle, type Account, type Ask, type Budget, type Mark } from "../policy/budget.ts";
import type { Ledger } from "./ledger.ts";
import { openRuns } from "./runs.ts";

/** One row a reservation. The six counters are what it counts for now: what was set aside while open, what was spent once settled. */
export const schema = `
  CREATE TABLE budget_reservations (
    reservation TEXT PRIMARY KEY,
    month TEXT NOT NULL,
    run TEXT NOT NULL,
    agent TEXT NOT NULL,
    subagent TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'settled', 'released', 'swept')),
    tokens INTEGER NOT NULL,
    cost_usd INTEGER NOT NULL,
    wall_ms INTEGER NOT NULL,
    files INTEGER NOT NULL,
    hosts INTEGER NOT NULL,
    risk_usd INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX budget_reservations_month ON budget_reservations (month, agent);
  CREATE INDEX budget_reservations_run ON budget_reservations (run, agent, subagent);
  CREATE INDEX budget_reservations_open ON budget_reservations (run) WHERE state = 'open';
`;

const columns: Record<Dimension, string> = { tokens: "tokens", costUsd: "cost_usd", wallMs: "wall_ms", files: "files", hosts: "hosts", riskUsd: "risk_usd" };
const names = dimensions.map((dimension) => columns[dimension]);
// What a killed process had set aside is money gone for all we know; time that nobody worked is none.
const counted = (name: string): string => (name === columns.wallMs ? `iif(state = 'swept', 0, ${name})` : name);
const sums = names.map((name) => `coalesce(sum(${counted(name)}), 0) AS ${name}`).join(", ");

/** Who spends: everything counts in the month, the run, and where there are some, the agent and the subagent. */
export interface Spender {
  /** E.g. 2026-11. */
  month: string;
  run: string;
  agent?: string | undefined;
  subagent?: string | undefined;
}

/** The answer to a reservation; amounts in units as people write them. A refusal is an answer, not an error. */
export type ReserveAnswer =
  | { granted: true; reservation: string; amounts: Amounts; alerts: Mark[] }
  | ({ granted: false; reservation: string; limit: string; reason: string } & Partial<Mark>);

export interface Budgets {
  /** Sets aside what is about to be spent, when every budget concerned can bear it. Atomic across processes, on disk when it returns. */
  reserve(spender: Spender, ask: Ask): ReserveAnswer;
  /** Puts what was really spent in its place; an overrun is counted in full and named. Errors: ledger/not-reserved. */
  settle(reservation: string, spent: Amounts): { overrun: Amounts | undefined };
  /** Gives it back unspent. Errors: ledger/not-reserved. */
  release(reservation: string): void;
  /** What each budget concerned has taken so far. */
  taken(spender: Spender): { budget: string; account: string; taken: Amounts; limits: Amounts }[];
}

/** The books of the budgets of a policy set, in the ledger. */
export function openBudgets(ledger: Ledger, budgets: readonly Budget[]): Budgets {
  return {
    reserve: (spender, ask) =>
      ledger.transaction(() => {
        const reservation = newId("b");
        const answer = reserve(accountsOf(ledger, budgets, spender), ask);
        if (!answer.granted) return { ...answer, reservation };
        insert(ledger, reservation, spender, answer.amounts);
        return { granted: true, reservation, amounts: inWords(answer.amounts), alerts: answer.alerts };
      }),
    settle: (reservation, spent) =>
      ledger.transaction(() => {
        const { spent: real, overrun } = settle(openAmounts(ledger, reservation), spent);
        close(ledger, reservation, "settled", real);
        return { overrun };
      }),
    release: (reservation) =>
      ledger.transaction(() => {
        openAmounts(ledger, reservation);
        close(ledger, reservation, "released", nothing);
      }),
    taken: (spender) =>
      accountsOf(ledger, budgets, spender).map(({ id, budget, taken }) => ({ budget: budget.id, account: id, taken: inWords(taken), limits: budget.limits })),
  };
}

/**
 * Closes the open reservations of runs whose process is gone. They count as spent: nobody knows what a killed process had already paid for.
 * Answers what was closed.
 */
export function sweepBudgets(ledger: Ledger): { reservation: string; run: string }[] {
  return ledger.transaction((db) => {
    const { alive, unknown } = openRuns(ledger);
    const living = new Set([...alive, ...unknown].map(({ run }) => run));
    const open = db.prepare("SELECT reservation, run FROM budget_reservations WHERE state = 'open' ORDER BY run, reservation").all();
    const dead = open.map((row) => ({ reservation: String(row["reservation"]), run: String(row["run"]) })).filter(({ run }) => !living.has(run));
    const mark = db.prepare("UPDATE budget_reservations SET state = 'swept' WHERE reservation = ?");
    for (const { reservation } of dead) mark.run(reservation);
    return dead;
  });
}

/** One run with all its parts: "." is the character after "-". */
const ofRun = "(run = ?1 OR (run > ?1 || '-' AND run < ?1 || '.'))";

/** The accounts that a spender draws on, with what they have taken. A budget for some agents counts what those agents took. */
function accountsOf(ledger: Ledger, budgets: readonly Budget[], spender: Spender): Account[] {
  const { month, agent, subagent } = spender;
  // A run that goes on in a further part (`<run>-2`) has spent what its parts before it did.
  const run = /^(r-[0-9a-z]+)-\d+$/.exec(spender.run)?.[1] ?? spender.run;
  const parts: Record<Budget["scope"], { where: string; values: (string | undefined)[] }> = {
    month: { where: "month = ?1", values: [month] },
    run: { where: ofRun, values: [run] },
    agent: { where: `${ofRun} AND agent = ?2`, values: [run, agent] },
    subagent: { where: `${ofRun} AND agent = ?2 AND subagent = ?3`, values: [run, agent, subagent] },
  };
  return budgets.flatMap((budget): Account[] => {
    const { where, values } = parts[budget.scope];
    const known = values.filter((value) => value !== undefined);
    if (known.length < values.length || !budget.concerns(agent)) return [];
    return [{ id: `${budget.scope} ${known.at(-1) ?? ""}`, budget, taken: takenBy(ledger, budget, where, known) }];
  });
}

function takenBy(ledger: Ledger, budget: Budget, where: string, values: readonly string[]): Exact {
  const statement = ledger.db.prepare(`SELECT agent, ${sums} FROM budget_reservations WHERE ${where} GROUP BY agent`);
  statement.setReadBigInts(true);
  const rows = statement.all(...values).filter((row) => budget.concerns(row["agent"] === "" ? undefined : String(row["agent"])));
  return rows.map(amountsOf).reduce(add, nothing);
}

function amountsOf(row: Record<string, unknown>): Exact {
  return Object.fromEntries(dimensions.map((dimension) => [dimension, row[columns[dimension]] as bigint])) as Exact;
}

function insert(ledger: Ledger, reservation: string, { month, run, agent = "", subagent = "" }: Spender, amounts: Exact): void {
  const places = Array.from({ length: 6 + names.length }, () => "?").join(", ");
  ledger.db
    .prepare(`INSERT INTO budget_reservations (reservation, month, run, agent, subagent, state, ${names.join(", ")}) VALUES (${places})`)
    .run(reservation, month, run, agent, subagent, "open", ...dimensions.map((dimension) => amounts[dimension]));
}

function openAmounts(ledger: Ledger, reservation: string): Exact {
  const statement = ledger.db.prepare("SELECT * FROM budget_reservations WHERE reservation = ?");
  statement.setReadBigInts(true);
  const row = statement.get(reservation);
  if (row?.["state"] === "open") return amountsOf(row);
  const found = row === undefined ? "was never made" : `is ${String(row["state"])}`;
  throw new AgentctlError("ledger/not-reserved", `the reservation ${reservation} ${found}, so nothing can be settled on it`);
}

function close(ledger: Ledger, reservation: string, state: "settled" | "released", amounts: Exact): void {
  const set = names.map((name) => `${name} = ?`).join(", ");
  ledger.db
    .prepare(`UPDATE budget_reservations SET state = ?, ${set} WHERE reservation = ?`)
    .run(state, ...dimensions.map((dimension) => amounts[dimension]), reservation);
}
