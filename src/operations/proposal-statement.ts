import { isoTime } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import { safeText } from "../base/safe-text.ts";
import { listHeads } from "../ledger/heads.ts";
import { listRuns } from "../ledger/runs.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { statementBounds, type ProposalStatement } from "../proposal/statement.ts";
import { withLedger } from "./audit-state.ts";
import type { ProposalNeeds } from "./proposal-needs.ts";

/** What an answer is about, beside the change itself. */
export interface StatementFacts {
  repository: string;
  target: string;
  policy: ProposalStatement["policy"];
  needs: ProposalNeeds;
  /** Digest of the report of the gates; null where there is none. */
  gates: string | null;
  audit: ProposalStatement["audit"];
  nowMs: number;
  ttlMs: number;
}

/**
 * The statement of an answer; a new one every time, since its nonce is good once. What would act or hide in the note is written as «U+XXXX»: it is signed as it
 * is read. Error `proposal/note` (usage) where that is too long.
 */
export function proposalStatement(
  { id, base, head, tree }: Pick<Proposal, "id" | "base" | "head" | "tree">,
  { repository, target, policy, needs, gates, audit, nowMs, ttlMs }: StatementFacts,
  { decision, note }: Pick<ProposalStatement, "decision" | "note">,
): ProposalStatement {
  const shownNote = safeText(note);
  if (shownNote.length > statementBounds.note)
    throw new AgentctlError("proposal/note", `a note is text of at most ${statementBounds.note} characters, «U+XXXX» counted as eight`, { exit: "usage" });
  return {
    type: "agentctl-proposal-v1",
    repository,
    proposal: id,
    kinds: needs.risk.kinds,
    class: needs.needed?.class ?? needs.risk.class,
    // A change that nobody can agree to can still be refused.
    effect: needs.needed?.effect ?? "two-key",
    target,
    base,
    head,
    tree,
    policy,
    gates,
    audit,
    nonce: `${newId("n")}${newId("").slice(1)}`,
    issued: isoTime(nowMs),
    expires: isoTime(nowMs + ttlMs),
    decision,
    note: shownNote,
  };
}

/** The head of the newest run that has ended: whoever signs it is a witness of the record up to there. */
export function newestHead(stateDir: string): ProposalStatement["audit"] {
  return (
    withLedger(stateDir, (ledger) => {
      const heads = new Map(listHeads(ledger).map((head) => [head.run, head]));
      const run = listRuns(ledger).findLast((row) => row.state !== "running" && heads.has(row.run));
      const head = run === undefined ? undefined : heads.get(run.run);
      return head === undefined ? null : { run: head.run, seq: head.seq, hash: head.hash };
    }) ?? null
  );
}
