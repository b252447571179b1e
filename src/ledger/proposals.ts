import { judgedTime } from "./high-water.ts";
import type { Ledger } from "./ledger.ts";

export const schema = `
  CREATE TABLE proposals (
    proposal TEXT PRIMARY KEY,
    head TEXT NOT NULL,
    base TEXT NOT NULL,
    proposer_kind TEXT NOT NULL,
    proposer TEXT NOT NULL,
    signature TEXT,
    run TEXT NOT NULL,
    opened_ms INTEGER NOT NULL,
    state TEXT NOT NULL,
    closed_ms INTEGER,
    closed_by TEXT,
    reason TEXT,
    landed_as TEXT,
    rolled_back_by TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE proposal_receipts (
    digest TEXT PRIMARY KEY,
    proposal TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    nonce TEXT NOT NULL,
    how TEXT NOT NULL,
    who TEXT NOT NULL,
    vote TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE proposal_nonces (
    nonce TEXT PRIMARY KEY,
    proposal TEXT NOT NULL,
    used_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE policy_versions (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    version INTEGER NOT NULL,
    policy_commit TEXT NOT NULL,
    seen_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/** What this machine knows of a proposal beside its branch. `open` until it ended here; what became of it elsewhere, git says. */
export interface ProposalRow {
  proposal: string;
  head: string;
  base: string;
  proposer: { kind: "person" | "agent"; name: string };
  /** What it is about, so that nothing is proposed twice. */
  signature?: string | undefined;
  /** The run that opened it. */
  run: string;
  openedMs: number;
  state: "open" | "rejected" | "withdrawn" | "stale" | "landed" | "rolled-back";
  closedMs?: number | undefined;
  closedBy?: string | undefined;
  reason?: string | undefined;
  /** The merge commit. */
  landedAs?: string | undefined;
  rolledBackBy?: string | undefined;
}

export type NewProposal = Pick<ProposalRow, "proposal" | "head" | "base" | "proposer" | "signature" | "run"> & { nowMs: number };

/** Notes an open proposal; one that is there already gets the new head and is open again. */
export function noteProposal(ledger: Ledger, { proposal, head, base, proposer, signature, run, nowMs }: NewProposal): void {
  ledger.transaction((db) =>
    db
      .prepare(
        `INSERT INTO proposals (proposal, head, base, proposer_kind, proposer, signature, run, opened_ms, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'open')
         ON CONFLICT (proposal) DO UPDATE SET head = excluded.head, base = excluded.base, run = excluded.run, opened_ms = excluded.opened_ms, state = 'open', closed_ms = NULL, closed_by = NULL, reason = NULL`,
      )
      .run(proposal, head, base, proposer.kind, proposer.name, signature ?? null, run, judgedTime(ledger, nowMs)),
  );
}

/** As `noteProposal`, where this machine does not know this head: it came from elsewhere, or whoever opened it was killed before it was noted. */
export function noteUnknown(ledger: Ledger, wanted: NewProposal): void {
  if (proposalRow(ledger, wanted.proposal)?.head !== wanted.head) noteProposal(ledger, wanted);
}

/** How a proposal ended here. */
export type ProposalEnd = Pick<ProposalRow, "proposal" | "state" | "closedBy" | "reason" | "landedAs" | "rolledBackBy"> & { nowMs: number };

export function endProposal(ledger: Ledger, { proposal, state, closedBy, reason, landedAs, rolledBackBy, nowMs }: ProposalEnd): void {
  ledger.transaction((db) =>
    db
      .prepare(
        `UPDATE proposals SET state = ?, closed_ms = ?, closed_by = coalesce(?, closed_by), reason = coalesce(?, reason), landed_as = coalesce(?, landed_as),
         rolled_back_by = coalesce(?, rolled_back_by) WHERE proposal = ?`,
      )
      .run(state, judgedTime(ledger, nowMs), closedBy ?? null, reason ?? null, landedAs ?? null, rolledBackBy ?? null, proposal),
  );
}

/** Every proposal that was opened here, the newest first. */
export function proposalRows(ledger: Ledger): ProposalRow[] {
  return ledger.db.prepare("SELECT * FROM proposals ORDER BY opened_ms DESC, proposal").all().map(rowOf);
}

export function proposalRow(ledger: Ledger, proposal: string): ProposalRow | undefined {
  const row = ledger.db.prepare("SELECT * FROM proposals WHERE proposal = ?").get(proposal);
  return row === undefined ? undefined : rowOf(row);
}

function rowOf(row: Record<string, unknown>): ProposalRow {
  const text = (name: string): string | undefined => (row[name] === null || row[name] === undefined ? undefined : String(row[name]));
  return {
    proposal: String(row["proposal"]),
    head: String(row["head"]),
    base: String(row["base"]),
    proposer: { kind: row["proposer_kind"] === "agent" ? "agent" : "person", name: String(row["proposer"]) },
    signature: text("signature"),
    run: String(row["run"]),
    openedMs: Number(row["opened_ms"]),
    state: String(row["state"]) as ProposalRow["state"],
    closedMs: row["closed_ms"] === null ? undefined : Number(row["closed_ms"]),
    closedBy: text("closed_by"),
    reason: text("reason"),
    landedAs: text("landed_as"),
    rolledBackBy: text("rolled_back_by"),
  };
}

/** The newest policy that was seen here. */
export function newestPolicy(ledger: Ledger): { version: number; commit: string } | undefined {
  const row = ledger.db.prepare("SELECT version, policy_commit FROM policy_versions WHERE one = 1").get();
  return row === undefined ? undefined : { version: Number(row["version"]), commit: String(row["policy_commit"]) };
}

/** Keeps it; a lower version never replaces a higher one. */
export function notePolicy(ledger: Ledger, { version, commit, nowMs }: { version: number; commit: string; nowMs: number }): void {
  ledger.transaction((db) =>
    db
      .prepare(
        `INSERT INTO policy_versions (one, version, policy_commit, seen_ms) VALUES (1, ?, ?, ?)
         ON CONFLICT (one) DO UPDATE SET version = excluded.version, policy_commit = excluded.policy_commit, seen_ms = excluded.seen_ms
         WHERE excluded.version >= policy_versions.version`,
      )
      .run(version, commit, Math.trunc(nowMs)),
  );
}

/** The first time that this machine saw an answer; what it says of its own time is not asked. */
export interface ReceiptRow {
  /** SHA-256 of the statement. */
  digest: string;
  proposal: string;
  receivedMs: number;
  nonce: string;
  how: "signed" | "unsigned" | "review";
  who: string;
  vote: "approve" | "reject";
}

export type NewReceipt = Omit<ReceiptRow, "receivedMs"> & { nowMs: number };

/** Keeps when they were seen, by the time that never goes back; one that is known keeps its first time. Answers the new ones. */
export function noteReceipts(ledger: Ledger, receipts: readonly NewReceipt[]): NewReceipt[] {
  return ledger.transaction((db) => {
    const insert = db.prepare(
      "INSERT INTO proposal_receipts (digest, proposal, received_ms, nonce, how, who, vote) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (digest) DO NOTHING",
    );
    return receipts.filter(
      ({ digest, proposal, nonce, how, who, vote, nowMs }) =>
        Number(insert.run(digest, proposal, judgedTime(ledger, nowMs), nonce, how, who, vote).changes) > 0,
    );
  });
}

/** What was seen of a proposal here, by digest. */
export function receiptsOf(ledger: Ledger, proposal: string): Map<string, ReceiptRow> {
  const rows = ledger.db.prepare("SELECT * FROM proposal_receipts WHERE proposal = ?").all(proposal);
  return new Map(
    rows.map((row) => [
      String(row["digest"]),
      {
        digest: String(row["digest"]),
        proposal: String(row["proposal"]),
        receivedMs: Number(row["received_ms"]),
        nonce: String(row["nonce"]),
        how: row["how"] === "signed" ? "signed" : row["how"] === "review" ? "review" : "unsigned",
        who: String(row["who"]),
        vote: row["vote"] === "approve" ? "approve" : "reject",
      },
    ]),
  );
}

/**
 * Uses up the nonces of the answers that a change lands by; false, and nothing is written, where one of them was used for another change. The same change may ask
 * again: a crash in between must not lose it.
 */
export function useNonces(ledger: Ledger, { proposal, nonces, nowMs }: { proposal: string; nonces: readonly string[]; nowMs: number }): boolean {
  return ledger.transaction((db) => {
    const find = db.prepare("SELECT proposal FROM proposal_nonces WHERE nonce = ?");
    if (nonces.some((nonce) => (find.get(nonce)?.["proposal"] ?? proposal) !== proposal)) return false;
    const insert = db.prepare("INSERT INTO proposal_nonces (nonce, proposal, used_ms) VALUES (?, ?, ?) ON CONFLICT (nonce) DO NOTHING");
    for (const nonce of nonces) insert.run(nonce, proposal, judgedTime(ledger, nowMs));
    return true;
  });
}

/** Those of these nonces that are used up, with the change that used them. */
export function usedNonces(ledger: Ledger, nonces: readonly string[]): Map<string, string> {
  const find = ledger.db.prepare("SELECT proposal FROM proposal_nonces WHERE nonce = ?");
  return new Map(
    nonces.flatMap((nonce) => {
      const row = find.get(nonce);
      return row === undefined ? [] : [[nonce, String(row["proposal"])] as const];
    }),
  );
}
