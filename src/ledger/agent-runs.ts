import type { Ledger } from "./ledger.ts";

export const schema = `
  CREATE TABLE agent_runs (
    root TEXT PRIMARY KEY,
    agent TEXT NOT NULL,
    objective TEXT NOT NULL,
    started TEXT NOT NULL,
    parts INTEGER NOT NULL,
    outcome TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX agent_runs_started ON agent_runs (started);
`;

/** An objective that was given to an agent; the record has the rest. Kept here for what must be answered at once: routing, and which part is the last. */
export interface AgentRunRow {
  root: string;
  agent: string;
  /** Masked. */
  objective: string;
  /** RFC 3339 in UTC. */
  started: string;
  /** Runs that have worked on it, the first one counted. */
  parts: number;
  /** `running`, then how the last part ended: ok, failed, waiting, limit, denied, interrupted. */
  outcome: string;
}

/** Notes the first part of an objective. */
export function addAgentRun(ledger: Ledger, { root, agent, objective, started }: Omit<AgentRunRow, "parts" | "outcome">): void {
  ledger.transaction((db) =>
    db
      .prepare("INSERT INTO agent_runs (root, agent, objective, started, parts, outcome) VALUES (?, ?, ?, ?, 1, 'running')")
      .run(root, agent, objective, started),
  );
}

/** Takes the number of the next part: 2, 3, …; undefined when no objective has this root. A part that is kept from beginning leaves a gap. */
export function nextPart(ledger: Ledger, root: string): number | undefined {
  return ledger.transaction((db) => {
    db.prepare("UPDATE agent_runs SET parts = parts + 1 WHERE root = ?").run(root);
    const row = db.prepare("SELECT parts FROM agent_runs WHERE root = ?").get(root);
    return row === undefined ? undefined : Number(row["parts"]);
  });
}

/** Notes that a part began (`running`), or how it ended. */
export function endAgentRun(ledger: Ledger, root: string, outcome: string): void {
  ledger.transaction((db) => db.prepare("UPDATE agent_runs SET outcome = ? WHERE root = ?").run(outcome, root));
}

/** The newest first. */
export function listAgentRuns(ledger: Ledger, limit: number): AgentRunRow[] {
  return ledger.db.prepare("SELECT * FROM agent_runs ORDER BY started DESC, root LIMIT ?").all(limit).map(rowOf);
}

function rowOf(row: Record<string, unknown>): AgentRunRow {
  return {
    root: String(row["root"]),
    agent: String(row["agent"]),
    objective: String(row["objective"]),
    started: String(row["started"]),
    parts: Number(row["parts"]),
    outcome: String(row["outcome"]),
  };
}
