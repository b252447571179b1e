import type { Weight } from "../policy/autonomy.ts";
import type { RiskClass } from "../policy/request.ts";
import type { Ledger } from "./ledger.ts";

/** What agents did that costs them autonomy, at which declared level, class by class. A row is never changed or removed. */
export const schema = `
  CREATE TABLE autonomy_breaches (
    agent TEXT NOT NULL,
    source TEXT NOT NULL,
    class TEXT NOT NULL CHECK (class IN ('R', 'W', 'B', 'N', 'C', 'T')),
    declared INTEGER NOT NULL,
    renewed TEXT NOT NULL,
    weight INTEGER NOT NULL CHECK (weight > 0),
    what TEXT NOT NULL,
    run TEXT,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (agent, source, class)
  ) STRICT, WITHOUT ROWID;
`;

export interface BreachRow {
  agent: string;
  /** The same for the same breach, which counts once. */
  source: string;
  class: RiskClass;
  /** Level of the class by agent.yaml at that time. */
  declared: number;
  /** As agent.yaml says; empty where it does not. */
  renewed: string;
  weight: number;
  what: string;
  run?: string | undefined;
  atMs: number;
}

/** What a breach did to one class: the weights before and after it. */
export interface Weighed {
  class: RiskClass;
  before: Weight[];
  after: Weight[];
}

/** Keeps breaches of one agent on disk when it returns; one that is known is not counted again. Answers what is new. */
export function noteBreach(ledger: Ledger, rows: readonly BreachRow[]): Weighed[] {
  return ledger.transaction((db) => {
    const insert = db.prepare(
      "INSERT INTO autonomy_breaches (agent, source, class, declared, renewed, weight, what, run, at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    );
    return rows.flatMap(({ agent, source, class: of, declared, renewed, weight, what, run, atMs }): Weighed[] => {
      const before = breachWeights(ledger, { agent, renewed, class: of });
      const { changes } = insert.run(agent, source, of, declared, renewed, weight, what, run ?? null, Math.trunc(atMs));
      return Number(changes) === 0 ? [] : [{ class: of, before, after: breachWeights(ledger, { agent, renewed, class: of }) }];
    });
  });
}

/** The weights of an agent's breaches of one class since `renewed`, by the level that was declared. */
export function breachWeights(ledger: Ledger, { agent, renewed, class: of }: { agent: string; renewed: string; class: RiskClass }): Weight[] {
  return ledger.db
    .prepare("SELECT declared, sum(weight) AS weight FROM autonomy_breaches WHERE agent = ? AND renewed = ? AND class = ? GROUP BY declared")
    .all(agent, renewed, of)
    .map((row) => ({ declared: Number(row["declared"]), weight: Number(row["weight"]) }));
}

/** The breaches of an agent since `renewed`, the oldest first. */
export function breachesOf(ledger: Ledger, agent: string, renewed: string): BreachRow[] {
  return ledger.db
    .prepare("SELECT * FROM autonomy_breaches WHERE agent = ? AND renewed = ? ORDER BY at_ms, source, class")
    .all(agent, renewed)
    .map((row) => ({
      agent: String(row["agent"]),
      source: String(row["source"]),
      class: String(row["class"]) as RiskClass,
      declared: Number(row["declared"]),
      renewed: String(row["renewed"]),
      weight: Number(row["weight"]),
      what: String(row["what"]),
      run: row["run"] === null ? undefined : String(row["run"]),
      atMs: Number(row["at_ms"]),
    }));
}

/** Changes of an agent that were rolled back and are not among its breaches yet. */
export function unnotedRollbacks(ledger: Ledger, agent: string): string[] {
  return ledger.db
    .prepare(
      `SELECT proposal FROM proposals p WHERE state = 'rolled-back' AND proposer_kind = 'agent' AND proposer = ?
         AND NOT EXISTS (SELECT 1 FROM autonomy_breaches b WHERE b.agent = p.proposer AND b.source = 'rollback ' || p.proposal) ORDER BY proposal`,
    )
    .all(agent)
    .map((row) => String(row["proposal"]));
}
