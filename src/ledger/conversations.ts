import type { Ledger } from "./ledger.ts";

/** What was said before, by person and conversation: short-term memory. */
export const schema = `
  CREATE TABLE turns (
    root TEXT PRIMARY KEY,
    person TEXT NOT NULL,
    conversation TEXT NOT NULL,
    objective TEXT NOT NULL,
    answer TEXT NOT NULL,
    at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX turns_conversation ON turns (person, conversation, at_ms);
`;

/** An objective and its answer; both masked and bounded. */
export interface Turn {
  /** The run that answered. */
  root: string;
  person: string;
  conversation: string;
  objective: string;
  answer: string;
  atMs: number;
}

export interface Conversation {
  conversation: string;
  turns: number;
  firstMs: number;
  lastMs: number;
}

/** Turns of one conversation that are kept; older ones go. */
const keptMax = 100;

/** Keeps a turn; a run that answers again says it anew. On disk when it returns. */
export function addTurn(ledger: Ledger, turn: Turn): void {
  const { root, person, conversation, objective, answer, atMs } = turn;
  ledger.transaction((db) => {
    db.prepare("INSERT OR REPLACE INTO turns (root, person, conversation, objective, answer, at_ms) VALUES (?, ?, ?, ?, ?, ?)").run(
      root,
      person,
      conversation,
      objective,
      answer,
      atMs,
    );
    db.prepare(
      `DELETE FROM turns WHERE person = ?1 AND conversation = ?2 AND root NOT IN
       (SELECT root FROM turns WHERE person = ?1 AND conversation = ?2 ORDER BY at_ms DESC, root DESC LIMIT ${keptMax})`,
    ).run(person, conversation);
  });
}

/** The last turns of a person's conversation, the oldest first; none from before `sinceMs`. Nobody else's. */
export function lastTurns(ledger: Ledger, of: { person: string; conversation: string; sinceMs: number; limit: number }): Turn[] {
  const rows = ledger.db
    .prepare("SELECT * FROM turns WHERE person = ? AND conversation = ? AND at_ms >= ? ORDER BY at_ms DESC, root DESC LIMIT ?")
    .all(of.person, of.conversation, of.sinceMs, of.limit);
  return rows.map(turnOf).toReversed();
}

/** A person's conversations, the newest first. */
export function listConversations(ledger: Ledger, person: string): Conversation[] {
  const rows = ledger.db
    .prepare(
      "SELECT conversation, count(*) AS turns, min(at_ms) AS first, max(at_ms) AS last FROM turns WHERE person = ? GROUP BY conversation ORDER BY last DESC, conversation",
    )
    .all(person);
  return rows.map((row) => ({
    conversation: String(row["conversation"]),
    turns: Number(row["turns"]),
    firstMs: Number(row["first"]),
    lastMs: Number(row["last"]),
  }));
}

/** Forgets a person's conversation; answers how many turns went. The record of the runs stays. */
export function forgetConversation(ledger: Ledger, person: string, conversation: string): number {
  return ledger.transaction((db) => Number(db.prepare("DELETE FROM turns WHERE person = ? AND conversation = ?").run(person, conversation).changes));
}

function turnOf(row: Record<string, unknown>): Turn {
  return {
    root: String(row["root"]),
    person: String(row["person"]),
    conversation: String(row["conversation"]),
    objective: String(row["objective"]),
    answer: String(row["answer"]),
    atMs: Number(row["at_ms"]),
  };
}
