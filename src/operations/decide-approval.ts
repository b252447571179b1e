import { isoTime, systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { signData } from "../git/ssh-signature.ts";
import { voteApproval, type VoteAnswer } from "../ledger/approvals.ts";
import { giveGrant, type GrantRow } from "../ledger/grants.ts";
import { highestTime } from "../ledger/high-water.ts";
import { signatureNeeded } from "../policy/approval.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { answerOf, closed, type AnswerWanted } from "./approval-answer.ts";
import { personOf, type Person } from "./approval-signers.ts";
import { approvalNamespace, approvalStatement, type Answer } from "./approval-statement.ts";
import { findAsked, type AskedApproval } from "./asked-approval.ts";
import { withLedger } from "./audit-state.ts";
import { outsidePolicy } from "./halt-work.ts";
import { inRun, requireGoing, type OpenRun, type RunOutcome } from "./in-run.ts";
import { loadAuthority, type Authority } from "./load-authority.ts";
import { maskFor } from "./mask-for.ts";
import { personName } from "./person.ts";

export interface AnswerGiven extends AnswerWanted {
  cwd: string;
  env: NodeJS.ProcessEnv;
  approval: string;
  /** Private key that signs here. */
  key?: string | undefined;
  /** Armored signature that was made elsewhere, over the same statement. */
  signature?: string | undefined;
}

export interface AnswerTaken {
  approval: string;
  /** The run that waits. */
  run: string;
  vote: "approve" | "deny";
  who: string;
  how: "signed" | "unsigned";
  fingerprint?: string | undefined;
  state: "open" | "approved" | "denied";
  /** What an open one still needs. */
  needs?: string | undefined;
  grants: GrantRow[];
  /** The run that recorded this. */
  recordedIn: string;
}

interface Voice extends Partial<Person> {
  who: string;
  how: "signed" | "unsigned";
  statement: string;
  signature: string;
}

/**
 * A person's answer to an approval, in a run of its own that no policy decides: the signers do, and they stand in the protected branch's commit.
 * Errors: ledger/halted; `approval/unknown`, `approval/note`, `approval/no-such-scope`, `approval/bad-until` (usage); `approval/unsigned`,
 * `approval/unknown-signer`, `approval/bad-signers` (unauthenticated); `approval/bad-signature`, `approval/changed` (verification); `approval/denied`,
 * `approval/closed`, `approval/twice`, `approval/counts-not` (denied).
 */
export async function decideApproval(given: AnswerGiven): Promise<AnswerTaken> {
  const authority = await loadAuthority(given.cwd, given.env);
  const stateDir = ensureStateDir(authority.workspace);
  requireGoing({ stateDir, stop: new AbortController().signal });
  const asked = findAsked(stateDir, given.approval);
  const answer = answerOf(asked, given, authority);
  const voice = await voiceOf(asked, given, answer, { authority, stateDir });
  const { config, commit, set } = authority;
  const mask = maskFor(stateDir, given.env, { names: config.values.mask.names, secrets: config.secrets });
  const started = { ...outsidePolicy(`approval ${given.vote} ${asked.row.approval}`, personName()), policy: { commit, digest: set.digest } };
  return inRun({ stateDir, mask, started }, (open) => recordAnswer(open, asked, answer, voice));
}

async function voiceOf(
  asked: AskedApproval,
  given: AnswerGiven,
  answer: Answer,
  { authority, stateDir }: { authority: Authority; stateDir: string },
): Promise<Voice> {
  const { row } = asked;
  if (given.key === undefined && given.signature === undefined) {
    if (answer.vote === "approve" && (signatureNeeded(row) || authority.set.signedApprovals)) throw unsigned(row.approval, authority.set.signedApprovals);
    return { who: personName(), how: "unsigned", statement: "", signature: "" };
  }
  const statement = approvalStatement((await authority.repository.firstCommit()) ?? "", asked, answer);
  const signature = given.signature ?? (await signData(statement, given.key ?? "", approvalNamespace));
  const atMs = withLedger(stateDir, (ledger) => highestTime(ledger, systemClock.nowMs())) ?? systemClock.nowMs();
  return { ...(await personOf(authority, { data: statement, signature, atMs })), how: "signed", statement, signature };
}

async function recordAnswer(
  { run, ledger, recorder }: OpenRun,
  { row }: AskedApproval,
  { vote, note, grants, untilMs }: Answer,
  { who, how, fingerprint, statement, signature }: Voice,
): Promise<{ outcome: RunOutcome; result: AnswerTaken }> {
  const { approval, agent, digest } = row;
  const nowMs = systemClock.nowMs();
  const { taken, given } = ledger.transaction(() => {
    const taken = voteApproval(ledger, { approval, digest, who, how, fingerprint, vote, note, run, statement, signature, nowMs });
    const granted = taken.accepted && taken.state === "approved" && untilMs !== undefined ? grants : [];
    return { taken, given: granted.map((terms) => giveGrant(ledger, { ...terms, untilMs: untilMs ?? 0, by: who, note, approval, nowMs })) };
  });
  if (!taken.accepted) throw refused(approval, who, taken);
  const { state, needs } = taken;
  const signed = fingerprint === undefined ? {} : { fingerprint, statement, signature };
  await recorder.append("approval.voted", { approval, run: row.run, digest, who, how, vote, state, ...(note !== "" && { note }), ...signed });
  for (const { grant, action, scope, untilMs: until } of given) {
    await recorder.append("grant.given", { grant, agent, action, scope: { ...scope }, until: isoTime(until), by: who, approval, ...(note !== "" && { note }) });
  }
  return { outcome: "ok", result: { approval, run: row.run, vote, who, how, fingerprint, state, needs, grants: given, recordedIn: run } };
}

function unsigned(approval: string, always: boolean): AgentctlError {
  const why = always ? "policy wants every answer signed" : "two keys, credentials and orders take signed answers";
  return new AgentctlError("approval/unsigned", `${approval} is approved with a key only: ${why}`, {
    hint: `agentctl approval approve ${approval} --key ~/.ssh/id_ed25519`,
    exit: "unauthenticated",
  });
}

function refused(approval: string, who: string, { why, state }: Extract<VoteAnswer, { accepted: false }>): AgentctlError {
  if (why === "closed") return closed(approval, state);
  if (why === "twice") {
    return new AgentctlError("approval/twice", `${who}, or their key, has answered ${approval} already: one person counts once`, {
      hint: "another person answers, with a key of their own",
      exit: "denied",
    });
  }
  if (why === "counts-not")
    return new AgentctlError("approval/counts-not", `${who} cannot answer ${approval}: an agent does not approve itself`, { exit: "denied" });
  return new AgentctlError("approval/changed", `${approval} is about another action now`, { hint: `agentctl approval show ${approval}`, exit: "denied" });
}
