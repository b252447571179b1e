import { isoTime, systemClock } from "../base/clock.ts";
import type { ApprovalRow } from "../ledger/approval-rows.ts";
import { tally } from "../policy/approval.ts";
import { decide, strictest } from "../policy/decide.ts";
import type { Effect } from "../policy/request.ts";
import { approvalStatement } from "./approval-statement.ts";
import { findAsked, type AskedAction } from "./asked-approval.ts";
import { answerOf, type AnswerWanted } from "./approval-answer.ts";
import { grantOffers, type GrantOffer } from "./grant-offers.ts";
import { loadAuthority } from "./load-authority.ts";

export interface ShownApproval extends Omit<ApprovalRow, "what" | "askedMs" | "expiresMs" | "head"> {
  asked: string;
  expires: string;
  expiresInMs: number;
  /** The rules that ask, with their places in the policy of that time. */
  rules: { rule: string; reason: string; file?: string | undefined; line?: number | undefined }[];
  policy: string;
  /** What policy says of it today. */
  today: Effect | undefined;
  votes: { who: string; how: string; fingerprint?: string | undefined; vote: string; note: string; at: string; run: string }[];
  needs?: string | undefined;
  /** Written by the agent, as everything that it made up is. */
  action: AskedAction;
  offers: GrantOffer[];
}

/** One approval with all that a person should know before they answer. Errors: those of `findAsked`. */
export async function showApproval(asked: { cwd: string; env: NodeJS.ProcessEnv; approval: string }): Promise<ShownApproval> {
  const authority = await loadAuthority(asked.cwd, asked.env);
  const found = findAsked(authority.workspace.stateDir, asked.approval);
  const { row, action, votes } = found;
  const { what: _what, askedMs, expiresMs, head: _head, ...facts } = row;
  const asking = action.decisions.filter(({ effect }) => effect === row.effect);
  return {
    ...facts,
    asked: isoTime(askedMs),
    expires: isoTime(expiresMs),
    expiresInMs: expiresMs - systemClock.nowMs(),
    rules: (asking.length > 0 ? asking : action.decisions).flatMap(({ rules, reason, at }) =>
      rules.map((rule, index) => ({ rule, reason, ...(index === 0 && at) })),
    ),
    policy: action.decisions[0]?.policy.commit ?? "",
    today: strictest(action.decisions.map(({ request }) => decide(request, authority.set, { id: "", commit: authority.commit }).effect)),
    votes: votes.map(({ who, how, fingerprint, vote, note, atMs, run }) => ({ who, how, fingerprint, vote, note, at: isoTime(atMs), run })),
    ...(row.state === "open" && { needs: tally(row, votes).needs }),
    action,
    offers: row.state === "open" ? grantOffers(found) : [],
  };
}

/** The exact text that an answer's signature covers; the same on every machine that has this record. */
export async function statementOf(asked: AnswerWanted & { cwd: string; env: NodeJS.ProcessEnv; approval: string }): Promise<string> {
  const authority = await loadAuthority(asked.cwd, asked.env);
  const found = findAsked(authority.workspace.stateDir, asked.approval);
  return approvalStatement((await authority.repository.firstCommit()) ?? "", found, answerOf(found, asked, authority));
}
