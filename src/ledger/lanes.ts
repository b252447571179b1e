import type { Ledger } from "./ledger.ts";

/**
 * Which of two things a run has to do with: the sidecar, or what skills made that nobody vouched for. Never both, whatever process asks and whatever is
 * configured: the first claim stands as long as the ledger does. `untrusted_files` are the digests of what was made in the lane `untrusted`.
 */
export const schema = `
  CREATE TABLE lanes (
    root TEXT PRIMARY KEY,
    lane TEXT NOT NULL CHECK (lane IN ('sidecar', 'untrusted')),
    why TEXT NOT NULL,
    claimed_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE untrusted_files (
    sha256 TEXT PRIMARY KEY,
    root TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

export type Lane = "sidecar" | "untrusted";

export interface LaneRow {
  root: string;
  lane: Lane;
  /** Of the first claim, masked. */
  why: string;
  claimedMs: number;
}

/** The lane that the run is in from now on, which is another one than was asked for where that was claimed first. On disk when it returns. */
export function takeLane(ledger: Ledger, ask: LaneRow): { row: LaneRow; made: boolean } {
  return ledger.transaction((db) => {
    const { changes } = db
      .prepare("INSERT INTO lanes (root, lane, why, claimed_ms) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING")
      .run(ask.root, ask.lane, ask.why, ask.claimedMs);
    return { row: laneOf(ledger, ask.root) ?? ask, made: changes === 1 };
  });
}

/** Undefined while a run has claimed none. */
export function laneOf(ledger: Ledger, root: string): LaneRow | undefined {
  const row = ledger.db.prepare("SELECT * FROM lanes WHERE root = ?").get(root);
  if (row === undefined) return undefined;
  return { root: String(row["root"]), lane: row["lane"] as Lane, why: String(row["why"]), claimedMs: Number(row["claimed_ms"]) };
}

/** The roots in a lane, in order. */
export function rootsInLane(ledger: Ledger, lane: Lane): string[] {
  return ledger.db
    .prepare("SELECT root FROM lanes WHERE lane = ? ORDER BY root")
    .all(lane)
    .map((row) => String(row["root"]));
}

/** Keeps the digests of files that were made in the lane `untrusted`; the first run that made one stays named. */
export function markUntrusted(ledger: Ledger, root: string, digests: readonly string[]): void {
  if (digests.length === 0) return;
  ledger.transaction((db) => {
    const insert = db.prepare("INSERT INTO untrusted_files (sha256, root) VALUES (?, ?) ON CONFLICT DO NOTHING");
    for (const digest of digests) insert.run(digest, root);
  });
}

/** The run in whose lane `untrusted` a file with this digest was made. */
export function untrustedMaker(ledger: Ledger, digest: string): string | undefined {
  const row = ledger.db.prepare("SELECT root FROM untrusted_files WHERE sha256 = ?").get(digest);
  return row === undefined ? undefined : String(row["root"]);
}
