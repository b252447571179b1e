import { AgentctlError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import { covers, type GrantScope, type GrantTerms } from "../policy/grant.ts";
import type { ActionRequest } from "../policy/request.ts";
import { highestTime, judgedTime } from "./high-water.ts";
import type { Ledger } from "./ledger.ts";

export const schema = `
  CREATE TABLE grants (
    grant_id TEXT PRIMARY KEY,
    agent TEXT NOT NULL,
    action TEXT NOT NULL,
    scope TEXT NOT NULL,
    given_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    given_by TEXT NOT NULL,
    note TEXT NOT NULL,
    approval TEXT NOT NULL,
    revoked_ms INTEGER,
    revoked_by TEXT,
    uses INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX grants_agent ON grants (agent, action);
`;

/** A standing permission that a person gave: for one agent, one action, some facts, some time. */
export interface GrantRow extends GrantTerms {
  /** gr-… */
  grant: string;
  givenMs: number;
  untilMs: number;
  by: string;
  note: string;
  /** The approval that it was given with. */
  approval: string;
  revokedMs?: number | undefined;
  revokedBy?: string | undefined;
  uses: number;
  state: "active" | "expired" | "revoked";
}

export type NewGrant = Pick<GrantRow, "agent" | "action" | "scope" | "untilMs" | "by" | "note" | "approval"> & { nowMs: number };

export function giveGrant(ledger: Ledger, { agent, action, scope, untilMs, by, note, approval, nowMs }: NewGrant): GrantRow {
  return ledger.transaction((db) => {
    const atMs = judgedTime(ledger, nowMs);
    const grant = newId("gr");
    db.prepare("INSERT INTO grants (grant_id, agent, action, scope, given_ms, until_ms, given_by, note, approval) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)").run(
      grant,
      agent,
      action,
      JSON.stringify(scope),
      atMs,
      Math.trunc(untilMs),
      by,
      note,
      approval,
    );
    return { grant, agent, action, scope, givenMs: atMs, untilMs: Math.trunc(untilMs), by, note, approval, uses: 0, state: "active" };
  });
}

/**
 * The grant that stands in for the approval of a request by an agent; undefined when none does. Ask only where policy said `approve`: it never stands in
 * for a second key, a denial, a credential or an order.
 */
export function findGrant(ledger: Ledger, request: ActionRequest, agent: string, nowMs: number): GrantRow | undefined {
  const atMs = highestTime(ledger, nowMs);
  const rows = ledger.db
    .prepare("SELECT * FROM grants WHERE agent = ? AND action = ? AND revoked_ms IS NULL ORDER BY until_ms, grant_id")
    .all(agent, request.action);
  return rows.map((row) => grantOf(row, atMs)).find((grant) => grant.state === "active" && covers(grant, request));
}

/** As `findGrant`, and counts the use; of two processes each is counted. */
export function useGrant(ledger: Ledger, request: ActionRequest, agent: string, nowMs: number): GrantRow | undefined {
  return ledger.transaction((db) => {
    judgedTime(ledger, nowMs);
    const grant = findGrant(ledger, request, agent, nowMs);
    if (grant === undefined) return undefined;
    db.prepare("UPDATE grants SET uses = uses + 1 WHERE grant_id = ?").run(grant.grant);
    return { ...grant, uses: grant.uses + 1 };
  });
}

/** All of them, active ones first, then the newest first. */
export function listGrants(ledger: Ledger, nowMs: number): GrantRow[] {
  const atMs = highestTime(ledger, nowMs);
  const rows = ledger.db.prepare("SELECT * FROM grants ORDER BY given_ms DESC, grant_id").all();
  return rows.map((row) => grantOf(row, atMs)).toSorted((a, b) => Number(b.state === "active") - Number(a.state === "active"));
}

/** Ends a grant; false when it had ended before. Errors: ledger/no-grant. */
export function revokeGrant(ledger: Ledger, { grant, by, nowMs }: { grant: string; by: string; nowMs: number }): boolean {
  return ledger.transaction((db) => {
    const atMs = judgedTime(ledger, nowMs);
    const row = db.prepare("SELECT * FROM grants WHERE grant_id = ?").get(grant);
    if (row === undefined)
      throw new AgentctlError("ledger/no-grant", `there is no grant ${JSON.stringify(grant)}`, { hint: "agentctl grant --all", exit: "usage" });
    if (grantOf(row, atMs).state !== "active") return false;
    db.prepare("UPDATE grants SET revoked_ms = ?, revoked_by = ? WHERE grant_id = ?").run(atMs, by, grant);
    return true;
  });
}

function grantOf(row: Record<string, unknown>, atMs: number): GrantRow {
  const text = (name: string): string => String(row[name]);
  const revoked = row["revoked_ms"] !== null;
  const untilMs = Number(row["until_ms"]);
  return {
    grant: text("grant_id"),
    agent: text("agent"),
    action: text("action"),
    scope: JSON.parse(text("scope")) as GrantScope,
    givenMs: Number(row["given_ms"]),
    untilMs,
    by: text("given_by"),
    note: text("note"),
    approval: text("approval"),
    ...(revoked && { revokedMs: Number(row["revoked_ms"]), revokedBy: text("revoked_by") }),
    uses: Number(row["uses"]),
    state: revoked ? "revoked" : untilMs <= atMs ? "expired" : "active",
  };
}
