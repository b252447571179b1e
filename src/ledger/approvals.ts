import { AgentctlError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import { counts, isSame, tally, type Tally } from "../policy/approval.ts";
import { approvalOf, votesOf, type ApprovalRow, type ApprovalState, type VoteRow } from "./approval-rows.ts";
import { judgedTime } from "./high-water.ts";
import type { Ledger } from "./ledger.ts";

/**
 * What waits for people, and what they said. An approval is bound to the digest of one exact action, is used at most once by whoever takes it first, and
 * ends with its time: then the answer is no.
 */

export type ApprovalAsk = Pick<ApprovalRow, "run" | "key" | "kind" | "effect" | "class" | "agent" | "digest" | "what" | "modelMayCount"> & {
  ttlMs: number;
  nowMs: number;
};

/**
 * The approval of an action: the one that was asked for before, unless it was used up, else a new one. Another action under the same key (the call was made
 * anew, differently) ends what was asked for before.
 */
export function askApproval(ledger: Ledger, ask: ApprovalAsk): ApprovalRow {
  return ledger.transaction((db) => {
    const atMs = judgedTime(ledger, ask.nowMs);
    const { run, key, kind, effect, class: riskClass, agent, digest, what, modelMayCount } = ask;
    const found = db.prepare("SELECT * FROM approvals WHERE run = ? AND key = ? AND digest = ? AND state <> 'used'").get(run, key, digest);
    if (found !== undefined) return approvalOf(found, atMs);
    db.prepare("UPDATE approvals SET state = 'expired' WHERE run = ? AND key = ? AND kind = ? AND state IN ('open', 'approved')").run(run, key, kind);
    const approval = newId("a");
    db.prepare(
      `INSERT INTO approvals (approval, run, key, kind, effect, class, agent, digest, what, model_may_count, asked_ms, expires_ms, state)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open')`,
    ).run(approval, run, key, kind, effect, riskClass, agent, digest, what, modelMayCount ? 1 : 0, atMs, atMs + Math.trunc(ask.ttlMs));
    return requireApproval(ledger, approval, atMs);
  });
}

/** Notes the record by which it was asked for, once; people sign it with their answer. */
export function noteAsked(ledger: Ledger, approval: string, head: { run: string; seq: number; hash: string }): void {
  ledger.transaction((db) =>
    db
      .prepare("UPDATE approvals SET head_run = ?, head_seq = ?, head_hash = ? WHERE approval = ? AND head_hash IS NULL")
      .run(head.run, head.seq, head.hash, approval),
  );
}

export type VoteGiven = Omit<VoteRow, "atMs"> & { approval: string; digest: string; nowMs: number };

/** A vote that is refused changes nothing. */
export type VoteAnswer =
  | { accepted: true; state: Tally["state"]; needs?: string | undefined }
  | { accepted: false; why: "closed" | "other-action" | "twice" | "counts-not"; state: ApprovalState };

/** Puts a vote into an approval and answers what it comes to. Whether the person is who they say was found out before. Errors: ledger/no-approval. */
export function voteApproval(ledger: Ledger, given: VoteGiven): VoteAnswer {
  return ledger.transaction((db) => {
    const atMs = judgedTime(ledger, given.nowMs);
    const row = requireApproval(ledger, given.approval, atMs);
    const refused = (why: Extract<VoteAnswer, { accepted: false }>["why"]): VoteAnswer => ({ accepted: false, why, state: row.state });
    if (row.digest !== given.digest) return refused("other-action");
    // What was approved and not yet used can still be stopped.
    if (row.state !== "open" && !(row.state === "approved" && given.vote === "deny")) return refused("closed");
    const votes = votesOf(ledger, row.approval);
    if (given.vote === "approve" && votes.some((other) => isSame(other, given))) return refused("twice");
    if (given.vote === "approve" && !counts(row, given)) return refused("counts-not");
    const { who, how, fingerprint, vote, note, run, statement, signature } = given;
    db.prepare(
      `INSERT INTO approval_votes (approval, who, how, fingerprint, vote, note, at_ms, run, statement, signature) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (approval, who) DO UPDATE SET vote = excluded.vote, note = excluded.note, at_ms = excluded.at_ms, run = excluded.run, how = excluded.how,
         fingerprint = excluded.fingerprint, statement = excluded.statement, signature = excluded.signature`,
    ).run(row.approval, who, how, fingerprint ?? null, vote, note, atMs, run, statement, signature);
    const { state, needs } = tally(row, votesOf(ledger, row.approval));
    db.prepare("UPDATE approvals SET state = ? WHERE approval = ?").run(state, row.approval);
    return { accepted: true, state, needs };
  });
}

export interface UsedApproval {
  state: "approved" | "denied" | "expired" | "open";
  /** Who said so. */
  by: string[];
  note: string;
}

/**
 * Takes what people said. `approved` is answered once, to one process, for the action with that digest; from then on it is used up.
 * Errors (exit denied): ledger/no-approval, ledger/other-action, ledger/approval-used.
 */
export function useApproval(ledger: Ledger, { approval, digest, nowMs }: { approval: string; digest: string; nowMs: number }): UsedApproval {
  return ledger.transaction((db) => {
    const row = requireApproval(ledger, approval, judgedTime(ledger, nowMs));
    if (row.digest !== digest)
      throw new AgentctlError("ledger/other-action", `${approval} is about another action than the one that is to be done`, { exit: "denied" });
    if (row.state === "used") throw new AgentctlError("ledger/approval-used", `${approval} was used already; it is good for once`, { exit: "denied" });
    if (row.state === "open") return { state: "open", by: [], note: "" };
    if (row.state === "approved") db.prepare("UPDATE approvals SET state = 'used' WHERE approval = ?").run(approval);
    else if (row.state === "expired") db.prepare("UPDATE approvals SET state = 'expired' WHERE approval = ?").run(approval);
    return { state: row.state, ...saidBy(row, votesOf(ledger, approval)) };
  });
}

/** Who brought it to its end, and what they said. */
export function saidBy(row: ApprovalRow, votes: readonly VoteRow[]): { by: string[]; note: string } {
  const speaking = row.state === "denied" ? votes.filter(({ vote }) => vote === "deny") : row.state === "open" || row.state === "expired" ? [] : votes;
  const notes = speaking.map(({ note }) => note).filter((note) => note !== "");
  return { by: speaking.map(({ who }) => who), note: notes.join("\n") };
}

function requireApproval(ledger: Ledger, approval: string, atMs: number): ApprovalRow {
  const row = ledger.db.prepare("SELECT * FROM approvals WHERE approval = ?").get(approval);
  if (row !== undefined) return approvalOf(row, atMs);
  throw new AgentctlError("ledger/no-approval", `there is no approval ${JSON.stringify(approval)}`, { hint: "agentctl approval --all", exit: "denied" });
}
