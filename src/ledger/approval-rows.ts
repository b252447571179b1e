import type { ApprovalEffect, ApprovalKind, Vote } from "../policy/approval.ts";
import type { RiskClass } from "../policy/request.ts";
import { highestTime } from "./high-water.ts";
import type { Ledger } from "./ledger.ts";

export const schema = `
  CREATE TABLE approvals (
    approval TEXT PRIMARY KEY,
    run TEXT NOT NULL,
    key TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('action', 'question', 'outcome')),
    effect TEXT NOT NULL CHECK (effect IN ('approve', 'two-key')),
    class TEXT NOT NULL,
    agent TEXT NOT NULL,
    digest TEXT NOT NULL,
    what TEXT NOT NULL,
    model_may_count INTEGER NOT NULL,
    asked_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'approved', 'denied', 'used', 'expired')),
    head_run TEXT,
    head_seq INTEGER,
    head_hash TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX approvals_action ON approvals (run, key, digest) WHERE state <> 'used';
  CREATE INDEX approvals_state ON approvals (state);
  CREATE TABLE approval_votes (
    approval TEXT NOT NULL REFERENCES approvals (approval),
    who TEXT NOT NULL,
    how TEXT NOT NULL CHECK (how IN ('signed', 'unsigned', 'model')),
    fingerprint TEXT,
    vote TEXT NOT NULL CHECK (vote IN ('approve', 'deny')),
    note TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    run TEXT NOT NULL,
    statement TEXT NOT NULL,
    signature TEXT NOT NULL,
    PRIMARY KEY (approval, who)
  ) STRICT, WITHOUT ROWID;
`;

/** approved: it may be used once; used: it was. */
export type ApprovalState = "open" | "approved" | "denied" | "used" | "expired";

export interface ApprovalRow {
  /** a-… */
  approval: string;
  /** The run that the objective was given to. */
  run: string;
  key: string;
  kind: ApprovalKind;
  effect: ApprovalEffect;
  class: RiskClass;
  agent: string;
  /** Of the exact action. */
  digest: string;
  /** JSON: what people are shown. */
  what: string;
  modelMayCount: boolean;
  askedMs: number;
  expiresMs: number;
  state: ApprovalState;
  /** The record that asked; undefined until it is on disk. */
  head?: { run: string; seq: number; hash: string } | undefined;
}

export interface VoteRow extends Vote {
  note: string;
  atMs: number;
  /** The run that recorded it. */
  run: string;
  /** What was signed, and by what; empty of unsigned votes. */
  statement: string;
  signature: string;
}

/** One approval as it stands at a time; undefined when there is none. */
export function findApproval(ledger: Ledger, approval: string, nowMs: number): ApprovalRow | undefined {
  const row = ledger.db.prepare("SELECT * FROM approvals WHERE approval = ?").get(approval);
  return row === undefined ? undefined : approvalOf(row, highestTime(ledger, nowMs));
}

/** All of them, those that wait first, then the newest first. */
export function listApprovals(ledger: Ledger, nowMs: number): ApprovalRow[] {
  const atMs = highestTime(ledger, nowMs);
  const rows = ledger.db.prepare("SELECT * FROM approvals ORDER BY asked_ms DESC, approval").all();
  return rows.map((row) => approvalOf(row, atMs)).toSorted((a, b) => Number(b.state === "open") - Number(a.state === "open"));
}

/** In the order in which they came. */
export function votesOf(ledger: Ledger, approval: string): VoteRow[] {
  return ledger.db.prepare("SELECT * FROM approval_votes WHERE approval = ? ORDER BY at_ms, who").all(approval).map(voteOf);
}

/** A row with its state at a time: what waits, or was approved and not used, ends with its time. */
export function approvalOf(row: Record<string, unknown>, atMs: number): ApprovalRow {
  const text = (name: string): string => String(row[name]);
  const state = text("state") as ApprovalState;
  const expiresMs = Number(row["expires_ms"]);
  return {
    approval: text("approval"),
    run: text("run"),
    key: text("key"),
    kind: text("kind") as ApprovalKind,
    effect: text("effect") as ApprovalEffect,
    class: text("class") as RiskClass,
    agent: text("agent"),
    digest: text("digest"),
    what: text("what"),
    modelMayCount: row["model_may_count"] === 1,
    askedMs: Number(row["asked_ms"]),
    expiresMs,
    state: (state === "open" || state === "approved") && expiresMs <= atMs ? "expired" : state,
    ...(row["head_hash"] !== null && { head: { run: text("head_run"), seq: Number(row["head_seq"]), hash: text("head_hash") } }),
  };
}

function voteOf(row: Record<string, unknown>): VoteRow {
  const text = (name: string): string => String(row[name]);
  return {
    who: text("who"),
    how: text("how") as VoteRow["how"],
    ...(row["fingerprint"] !== null && { fingerprint: text("fingerprint") }),
    vote: text("vote") as VoteRow["vote"],
    note: text("note"),
    atMs: Number(row["at_ms"]),
    run: text("run"),
    statement: text("statement"),
    signature: text("signature"),
  };
}
