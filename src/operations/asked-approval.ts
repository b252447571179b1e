import { existsSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { nearest } from "../base/suggest.ts";
import { findApproval, listApprovals, votesOf, type ApprovalRow, type VoteRow } from "../ledger/approval-rows.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { actionDigest } from "../policy/approval.ts";
import type { Decision } from "../policy/request.ts";
import { withLedger } from "./audit-state.ts";

/** What people are shown of a call that waits; secrets in it are masked. */
export interface AskedAction {
  tool?: string | undefined;
  args?: unknown;
  question?: string | undefined;
  decisions: readonly Pick<Decision, "id" | "effect" | "rules" | "reason" | "at" | "request" | "policy">[];
  /** Something in it was masked, so its digest is not that of what is shown. */
  masked: boolean;
}

export interface AskedApproval {
  row: ApprovalRow;
  action: AskedAction;
  votes: VoteRow[];
}

/** An approval with what it is about and what was said. Errors (exit usage) `approval/unknown`, `approval/ambiguous`; (exit verification) `approval/changed`. */
export function findAsked(stateDir: string, name: string): AskedApproval {
  const found = existsSync(join(stateDir, "ledger.db")) ? withLedger(stateDir, (ledger) => readAsked(ledger, name)) : undefined;
  return found ?? unknown(name, []);
}

function readAsked(ledger: Ledger, name: string): AskedApproval {
  const nowMs = systemClock.nowMs();
  const known = listApprovals(ledger, nowMs).map(({ approval }) => approval);
  const matching = name === "" ? [] : known.filter((approval) => approval.startsWith(name));
  if (matching.length > 1 && !matching.includes(name))
    throw new AgentctlError("approval/ambiguous", `${matching.length} approvals begin with ${JSON.stringify(name)}: ${matching.slice(0, 5).join(", ")}`, {
      exit: "usage",
    });
  const row = findApproval(ledger, matching.length === 1 ? (matching[0] ?? name) : name, nowMs);
  if (row === undefined) return unknown(name, known);
  return { row, action: readAction(row), votes: votesOf(ledger, row.approval) };
}

/** What is stored, checked against the digest that people agree to wherever nothing in it is masked. */
export function readAction(row: ApprovalRow): AskedAction {
  const action = JSON.parse(row.what) as AskedAction;
  const { tool, args, question, decisions, masked } = action;
  const requests = decisions.map(({ request }) => request);
  const digest = actionDigest({ root: row.run, key: row.key, kind: row.kind, agent: row.agent, tool, args, question, requests, needs: row });
  if (masked || digest === row.digest) return action;
  throw new AgentctlError("approval/changed", `what ${row.approval} shows is not what was asked for: it does not have the digest ${row.digest.slice(0, 12)}`, {
    hint: "agentctl audit verify",
    exit: "verification",
  });
}

function unknown(name: string, known: readonly string[]): never {
  const near = nearest(name, known);
  throw new AgentctlError("approval/unknown", `there is no approval ${JSON.stringify(name)}`, {
    hint: near === undefined ? "agentctl approval --all" : `did you mean ${near}?`,
    exit: "usage",
  });
}
