import { sha256 } from "../base/digest.ts";
import { systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { signData } from "../git/ssh-signature.ts";
import { highestTime } from "../ledger/high-water.ts";
import { endProposal, noteReceipts, noteUnknown } from "../ledger/proposals.ts";
import { signatureNeeded } from "../policy/approval.ts";
import type { GateReport } from "../proposal/gate-report.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { statementProblem } from "../proposal/statement-problem.ts";
import { readStatement, statementBounds, statementText, type ProposalStatement } from "../proposal/statement.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { addApprovals, approvalsRef } from "./approval-ref.ts";
import { personOf, type Person } from "./approval-signers.ts";
import { approvalNamespace } from "./approval-statement.ts";
import { withLedger } from "./audit-state.ts";
import { outsidePolicy } from "./halt-work.ts";
import { inRun, requireGoing, type OpenRun, type RunOutcome } from "./in-run.ts";
import { excluded } from "./judge-votes.ts";
import { maskFor } from "./mask-for.ts";
import { personName } from "./person.ts";
import { agentNames, proposalApprovals, type ProposalApprovals } from "./proposal-approvals.ts";
import { readyToVote, type ReadyVote } from "./ready-vote.ts";
import { newestHead, proposalStatement } from "./proposal-statement.ts";

export interface VoteWanted {
  cwd: string;
  env: NodeJS.ProcessEnv;
  proposal: string;
  vote: ProposalStatement["decision"];
  note: string;
  /** The head that was shown, or the beginning of it; the answer is about no other one. */
  head?: string | undefined;
}

export interface VoteGiven extends VoteWanted {
  /** Private key that signs here, or a public one whose private key an agent holds. */
  key?: string | undefined;
  /** What `statementToSign` gave, and the armored signature over it that was made elsewhere. */
  signed?: { statement: string; signature: string } | undefined;
}

export interface VoteTaken {
  proposal: string;
  head: string;
  title: string;
  vote: ProposalStatement["decision"];
  who: string;
  how: "signed" | "unsigned";
  fingerprint?: string | undefined;
  /** SHA-256 of the statement. */
  digest: string;
  /** Digest of the report of the gates that it is about. */
  gates: string | null;
  state: ProposalApprovals["state"];
  /** What an open one still needs. */
  lacking?: string | undefined;
  /** Where it is kept. */
  ref: string;
  /** The run that recorded this. */
  recordedIn: string;
}

/** The exact text that an answer's signature covers, to be signed on another machine and brought back with the signature. Errors as `voteProposal`. */
export async function statementToSign(wanted: VoteWanted): Promise<string> {
  const ready = await readyToVote(wanted);
  return statementText(newStatement(ready, wanted));
}

/**
 * A person's answer to a proposal: signed with a key of policies/signers of the protected branch's commit, kept in the record and in the repository, in a run of
 * its own that no policy decides. Everything that would keep it from counting is refused before it is kept.
 * Errors: ledger/halted; `proposal/…` of `findProposal`, `proposal/note` (usage); `proposal/closed`, `proposal/denied`, `proposal/gates`, `proposal/own-approval`,
 * `proposal/twice`, `proposal/older-policy` (denied); `proposal/head-moved`, `proposal/bad-statement`, `approval/bad-signature` (verification);
 * `proposal/unsigned`, `approval/unknown-signer`, `approval/bad-signers` (unauthenticated).
 */
export async function voteProposal(given: VoteGiven): Promise<VoteTaken> {
  const ready = await readyToVote(given);
  const { authority, proposal } = ready;
  const stateDir = ensureStateDir(authority.workspace);
  if (!ready.rollback) requireGoing({ stateDir, stop: new AbortController().signal });
  const voice = await voiceOf(ready, given, stateDir);
  await refuseWhatWouldNotCount(ready, voice);
  const { config, commit, set } = authority;
  const mask = maskFor(stateDir, given.env, { names: config.values.mask.names, secrets: config.secrets });
  const started = { ...outsidePolicy(`proposal ${given.vote} ${proposal.id}`, personName()), policy: { commit, digest: set.digest } };
  return inRun({ stateDir, mask, started, evenHalted: ready.rollback }, (open) => recordVote(open, ready, voice));
}

interface Voice extends Partial<Person> {
  who: string;
  how: "signed" | "unsigned";
  statement: ProposalStatement;
  text: string;
  signature?: string | undefined;
}

function newStatement(ready: ReadyVote, { vote, note }: VoteWanted): ProposalStatement {
  const { authority, proposal, needs, repositoryId, version, report } = ready;
  const trimmed = note.trim();
  if (trimmed.length > statementBounds.note || !trimmed.isWellFormed())
    throw new AgentctlError("proposal/note", `a note is text of at most ${statementBounds.note} characters`, { exit: "usage" });
  const facts = {
    repository: repositoryId,
    target: authority.ref,
    policy: { commit: authority.commit, version },
    needs,
    gates: report?.digest ?? null,
    audit: newestHead(authority.workspace.stateDir),
    nowMs: systemClock.nowMs(),
    ttlMs: authority.config.values.proposals.approvalTtlMs,
  };
  return proposalStatement(proposal, facts, { decision: vote, note: trimmed });
}

async function voiceOf(ready: ReadyVote, given: VoteGiven, stateDir: string): Promise<Voice> {
  const { authority, proposal, needs } = ready;
  if (given.key === undefined && given.signed === undefined) {
    if (given.vote === "approve" && (needs.needed === undefined || signatureNeeded(needs.needed) || authority.set.signedApprovals))
      throw unsigned(proposal.id, authority.set.signedApprovals);
    const statement = newStatement(ready, given);
    return { who: personName(), how: "unsigned", statement, text: statementText(statement) };
  }
  const statement = given.signed === undefined ? newStatement(ready, given) : brought(ready, given.vote, given.signed.statement);
  const text = statementText(statement);
  const signature = given.signed?.signature ?? (await signData(text, given.key ?? "", approvalNamespace));
  const atMs = withLedger(stateDir, (ledger) => highestTime(ledger, systemClock.nowMs())) ?? systemClock.nowMs();
  return { ...(await personOf(authority, { data: text, signature, atMs })), how: "signed", statement, text, signature };
}

/** A statement that was signed elsewhere has to be about what is here now. */
function brought(ready: ReadyVote, vote: ProposalStatement["decision"], text: string): ProposalStatement {
  const { authority, proposal, needs, repositoryId, version, report } = ready;
  const read = readStatement(text);
  const refuse = (why: string): AgentctlError =>
    new AgentctlError("proposal/bad-statement", `what was signed is no ${vote} of ${proposal.id} as it is now: ${why}`, {
      hint: `agentctl proposal ${vote} ${proposal.id} --statement > answer`,
      exit: "verification",
    });
  if ("problem" in read) throw refuse(read.problem);
  const { statement } = read;
  if (statement.decision !== vote) throw refuse(`it says ${statement.decision}`);
  const problem = statementProblem(statement, {
    repository: repositoryId,
    proposal,
    target: authority.ref,
    kinds: needs.risk.kinds,
    needed: needs.needed,
    policyVersion: version,
    isPast: (commit) => commit === authority.commit,
    nowMs: systemClock.nowMs(),
  });
  if (problem !== undefined) throw refuse(problem);
  if (vote === "approve" && statement.gates !== report?.digest) throw refuse("the gates say something else by now");
  return statement;
}

async function refuseWhatWouldNotCount({ authority, proposal, before, rollback }: ReadyVote, { who, fingerprint, statement }: Voice): Promise<void> {
  const mine = before.votes.find((vote) => vote.counts && (vote.who === who || (fingerprint !== undefined && vote.fingerprint === fingerprint)));
  if (mine !== undefined && statement.decision === "approve") {
    throw new AgentctlError("proposal/twice", `${who}, or their key, has approved ${proposal.id} already: one person counts once`, {
      hint: "another person answers, with a key of their own",
      exit: "denied",
    });
  }
  if (statement.decision === "reject") return;
  const agents = await agentNames(authority);
  const own = (rollback ? undefined : excluded(proposal, who)) ?? (agents.includes(who) ? `${who} is an agent: only people's approvals count` : undefined);
  if (own !== undefined) throw new AgentctlError("proposal/own-approval", own, { hint: "somebody else approves it, with a key of their own", exit: "denied" });
}

async function recordVote(open: OpenRun, ready: ReadyVote, voice: Voice): Promise<{ outcome: RunOutcome; result: VoteTaken }> {
  const { authority, proposal, report } = ready;
  const { recorder, ledger, run, stateDir } = open;
  const { who, how, fingerprint, statement, text, signature } = voice;
  const { decision: vote, note, nonce } = statement;
  const digest = sha256(text);
  const signed = signature === undefined ? {} : { signature };
  // The record knows it before the repository does: what lies in the ref and is not on record came from elsewhere.
  await recorder.append("proposal.voted", {
    proposal: proposal.id,
    head: proposal.head,
    who,
    how,
    ...(fingerprint !== undefined && { fingerprint }),
    vote,
    ...(note !== "" && { note }),
    digest,
    statement: text,
    ...signed,
  });
  noteReceipts(ledger, [{ digest, proposal: proposal.id, nonce, how, who, vote, nowMs: systemClock.nowMs() }]);
  const reports: { digest: string; report: GateReport }[] = report !== undefined && statement.gates === report.digest ? [report] : [];
  await addApprovals(authority.repository, proposal.id, { votes: [{ digest, statement: text, ...signed }], reports });
  const { state, lacking } = await proposalApprovals(authority, stateDir, proposal);
  if (state === "rejected") await close(open, proposal, { who, note });
  const { id, head, title } = proposal;
  return {
    outcome: "ok",
    result: { proposal: id, head, title, vote, who, how, fingerprint, digest, gates: statement.gates, state, lacking, ref: approvalsRef(id), recordedIn: run },
  };
}

async function close({ recorder, ledger, run }: OpenRun, { id, head, base, proposer }: Proposal, { who, note }: { who: string; note: string }): Promise<void> {
  const reason = note === "" ? "no reason was given" : note;
  await recorder.append("proposal.closed", { proposal: id, head, state: "rejected", by: who, reason });
  const nowMs = systemClock.nowMs();
  noteUnknown(ledger, { proposal: id, head, base, proposer, signature: undefined, run, nowMs });
  endProposal(ledger, { proposal: id, state: "rejected", closedBy: who, reason, nowMs });
}

function unsigned(id: string, always: boolean): AgentctlError {
  const why = always ? "policy wants every answer signed" : "two keys, credentials and orders take signed answers";
  return new AgentctlError("proposal/unsigned", `${id} is approved with a key only: ${why}`, {
    hint: `agentctl proposal approve ${id} --key ~/.ssh/id_ed25519`,
    exit: "unauthenticated",
  });
}
