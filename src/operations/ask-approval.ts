import { canonicalJson } from "../base/canonical-json.ts";
import { isoTime, systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { findApproval, votesOf } from "../ledger/approval-rows.ts";
import { askApproval, noteAsked, saidBy, useApproval, voteApproval, type VoteAnswer } from "../ledger/approvals.ts";
import { actionDigest, neededFor, sameName, type ApprovalKind, type Needed } from "../policy/approval.ts";
import type { Decision, RiskClass } from "../policy/request.ts";
import { recordable } from "../trace/recordable.ts";
import type { AskedAction } from "./asked-approval.ts";
import type { OpenRun } from "./in-run.ts";

/** A call that may not go on before people have spoken. The same question has the same approval, however often it is asked. */
export interface ApprovalQuestion {
  /** The run that the objective was given to. */
  root: string;
  /** Names the call within the run. */
  key: string;
  kind: ApprovalKind;
  agent: string;
  /** What policy said; none of it a denial. */
  decisions: readonly Decision[];
  tool?: string | undefined;
  /** Of the tool; the riskiest of this and the decisions counts. */
  class?: RiskClass | undefined;
  /** As they are recorded: what no record can hold is approved, and to be done, as the record has it. */
  args?: unknown;
  /** In the agent's words. */
  question?: string | undefined;
  /** `approvals.ttlMs` of the configuration; a day when not given. */
  ttlMs?: number | undefined;
}

export interface ApprovalAnswer {
  /** a-… */
  approval: string;
  /** expired is a no. */
  state: "open" | "approved" | "denied" | "expired";
  /** Who brought it to its end. */
  by: readonly string[];
  /** What they said: of a question the answer. */
  note: string;
}

const dayMs = 86_400_000;
const whatBytesMax = 1024 * 1024;

/** Asks people, once; answers how it stands. Nothing is used up by asking. Errors: `approval/denied`, `approval/too-large`. */
export async function askForApproval(open: OpenRun, question: ApprovalQuestion): Promise<ApprovalAnswer> {
  const { root, key, kind, agent } = question;
  const needed = neededOf(question);
  const row = askApproval(open.ledger, {
    run: root,
    key,
    kind,
    agent,
    ...needed,
    digest: digestOf(question),
    what: whatIsShown(open, question),
    ttlMs: question.ttlMs ?? dayMs,
    nowMs: systemClock.nowMs(),
  });
  if (row.head === undefined) {
    const { approval, effect, digest, expiresMs } = row;
    const { seq, hash } = await open.recorder.append("approval.asked", { approval, key, kind, effect, digest, expires: isoTime(expiresMs) });
    noteAsked(open.ledger, approval, { run: open.run, seq, hash });
  }
  const state = row.state === "used" ? "approved" : row.state;
  return { approval: row.approval, state, ...saidBy(row, votesOf(open.ledger, row.approval)) };
}

/**
 * Takes the answer for exactly this call, and records it. `approved` comes once: whoever asks again, or for a call that differs in anything, is refused.
 * Errors (exit denied): `approval/denied`, ledger/approval-used, ledger/other-action, ledger/no-approval.
 */
export async function takeApproval(open: OpenRun, approval: string, question: ApprovalQuestion): Promise<ApprovalAnswer> {
  const { state, by, note } = useApproval(open.ledger, { approval, digest: digestOf(question), nowMs: systemClock.nowMs() });
  if (state !== "open") await open.recorder.append("approval.used", { approval, key: question.key, state, by, ...(note !== "" && { note }) });
  return { approval, state, by, note };
}

export interface ModelVote {
  approval: string;
  /** `provider/model` */
  model: string;
  /** The agent that judged, where it is one; never the agent that asks. */
  agent?: string | undefined;
  accept: boolean;
  why: string;
}

/** A model's answer: its no ends the approval, its yes counts only beside a person's and where policy lets it. Recorded where it counts. */
export async function voteAsModel(open: OpenRun, { approval, model, agent, accept, why }: ModelVote): Promise<VoteAnswer> {
  const nowMs = systemClock.nowMs();
  const row = findApproval(open.ledger, approval, nowMs);
  if (row === undefined) throw new AgentctlError("approval/unknown", `there is no approval ${JSON.stringify(approval)}`, { exit: "usage" });
  if (accept && agent !== undefined && sameName(agent, row.agent)) return { accepted: false, why: "counts-not", state: row.state };
  const note = open.mask(why.toWellFormed().slice(0, 4000));
  const { run, digest } = row;
  const vote = accept ? ("approve" as const) : ("deny" as const);
  const answer = voteApproval(open.ledger, { approval, digest, who: model, how: "model", vote, note, run: open.run, statement: "", signature: "", nowMs });
  if (answer.accepted) {
    await open.recorder.append("approval.voted", { approval, run, digest, who: model, how: "model", vote, note, state: answer.state });
  }
  return answer;
}

function neededOf({ key, decisions, class: riskClass }: ApprovalQuestion): Needed {
  const needed = neededFor(decisions, riskClass);
  if (needed !== undefined) return needed;
  throw new AgentctlError("approval/denied", `${key} is denied by policy, and nobody is asked about that`, { exit: "denied" });
}

function digestOf(asked: ApprovalQuestion): string {
  const { root, key, kind, agent, tool, decisions } = asked;
  const { args, question } = recordable({ args: asked.args, question: asked.question }) as Pick<ApprovalQuestion, "args" | "question">;
  return actionDigest({ root, key, kind, agent, tool, args, question, requests: decisions.map(({ request }) => request), needs: neededOf(asked) });
}

function whatIsShown(open: OpenRun, { tool, args, question, decisions }: ApprovalQuestion): string {
  const plain = recordable({
    tool,
    args,
    question,
    decisions: decisions.map(({ id, effect, rules, reason, at, request, policy }) => ({ id, effect, rules, reason, at, request, policy })),
  }) as Omit<AskedAction, "masked">;
  const before = canonicalJson(plain);
  const masked = open.mask(plain);
  const shown: AskedAction = { ...masked, masked: canonicalJson(masked) !== before };
  const what = canonicalJson(shown);
  if (Buffer.byteLength(what) <= whatBytesMax) return what;
  throw new AgentctlError("approval/too-large", `the call has ${Buffer.byteLength(what)} bytes, and people are shown at most ${whatBytesMax}`, {
    exit: "denied",
  });
}
