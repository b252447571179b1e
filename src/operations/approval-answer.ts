import { systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import type { ApprovalState } from "../ledger/approval-rows.ts";
import { decide } from "../policy/decide.ts";
import type { GrantScopeName } from "../policy/grant.ts";
import type { Answer } from "./approval-statement.ts";
import type { AskedApproval } from "./asked-approval.ts";
import { wantedGrants } from "./grant-offers.ts";
import type { Authority } from "./load-authority.ts";

/** What a person wants to answer. */
export interface AnswerWanted {
  vote: "approve" | "deny";
  note: string;
  /** A standing permission beside it. */
  grant?: { scope: GrantScopeName; untilMs: number } | undefined;
}

const noteMax = 4000;

/** The answer that is about to be given, refused where it cannot be one. Also what `approval show --statement` prints is made of it. */
export function answerOf(asked: AskedApproval, given: AnswerWanted, authority: Authority): Answer {
  const { row, action } = asked;
  const nowMs = systemClock.nowMs();
  if (row.state !== "open" && !(row.state === "approved" && given.vote === "deny")) throw closed(row.approval, row.state);
  const note = given.note.trim();
  if (note.length > noteMax || !note.isWellFormed())
    throw new AgentctlError("approval/note", `a note is text of at most ${noteMax} characters`, { exit: "usage" });
  if (given.vote === "deny") return { vote: "deny", note, grants: [] };
  if (row.kind === "question" && note === "") {
    throw new AgentctlError("approval/note", `${row.approval} is a question, and the note is its answer`, {
      hint: `agentctl approval approve ${row.approval} --note "…"`,
      exit: "usage",
    });
  }
  for (const { request } of action.decisions) {
    const today = decide(request, authority.set, { id: "", commit: authority.commit });
    if (today.effect !== "deny") continue;
    throw new AgentctlError("approval/denied", `policy denies ${request.action} now, so nobody can approve it: ${today.reason}`, {
      hint: today.would,
      exit: "denied",
    });
  }
  if (given.grant === undefined) return { vote: "approve", note, grants: [] };
  return { vote: "approve", note, grants: wantedGrants(asked, given.grant, nowMs), untilMs: given.grant.untilMs };
}

/** Why nothing can be answered any more. */
export function closed(approval: string, state: ApprovalState): AgentctlError {
  const words = { open: "open", approved: "approved already", denied: "denied", used: "used already", expired: "past its time, which is a no" }[state];
  return new AgentctlError("approval/closed", `${approval} is ${words}`, { hint: "agentctl approval", exit: "denied" });
}
