import type { Ledger } from "./ledger.ts";

/** One row: the latest wall time that an approval or a grant was judged by. */
export const schema = `
  CREATE TABLE high_water (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    ms INTEGER NOT NULL
  ) STRICT;
`;

/** The time that counts: wall time never goes back here, so that a clock that is set back revives nothing. Keeps the higher one. */
export function judgedTime(ledger: Ledger, nowMs: number): number {
  const row = ledger.transaction((db) =>
    db.prepare("INSERT INTO high_water (id, ms) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET ms = max(ms, excluded.ms) RETURNING ms").get(Math.trunc(nowMs)),
  );
  return Number(row?.["ms"] ?? nowMs);
}

/** As `judgedTime`, for looking only. */
export function highestTime(ledger: Ledger, nowMs: number): number {
  return Math.max(Math.trunc(nowMs), Number(ledger.db.prepare("SELECT ms FROM high_water WHERE id = 1").get()?.["ms"] ?? 0));
}
