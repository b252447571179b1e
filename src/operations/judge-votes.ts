import { sha256 } from "../base/digest.ts";
import { checkSignature } from "../git/ssh-signature.ts";
import type { Repository } from "../git/repository.ts";
import type { ReceiptRow } from "../ledger/proposals.ts";
import { isSame, sameName, signatureNeeded, tally, type Vote } from "../policy/approval.ts";
import { signersFile, validSigners, type Signer } from "../policy/signers.ts";
import { reportProblem, type GateReport } from "../proposal/gate-report.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { statementProblem } from "../proposal/statement-problem.ts";
import { readStatement, type ProposalStatement } from "../proposal/statement.ts";
import { approvalNamespace } from "./approval-statement.ts";
import type { KeptApprovals, KeptVote } from "./approval-ref.ts";
import type { ProposalVote } from "./proposal-approvals.ts";
import type { ProposalNeeds } from "./proposal-needs.ts";

/** What answers are judged by. */
export interface Bench {
  repository: Repository;
  /** First commit. */
  repositoryId: string;
  proposal: Proposal;
  target: string;
  needs: ProposalNeeds;
  /** Of the protected branch's commit. */
  signers: readonly Signer[];
  /** That commit. */
  commit: string;
  /** Names of its agents: none of them is a person. */
  agents: readonly string[];
  policyVersion: number;
  /** Policy wants every answer signed. */
  signedOnly: boolean;
  nowMs: number;
  receipts: ReadonlyMap<string, ReceiptRow>;
  /** When an answer that has no receipt was seen. */
  receivedMs: number;
  /** Nonces that are used up, with the change that used them. */
  used: ReadonlyMap<string, string>;
  /** It was landed by its nonces: these are used, and rightly. */
  landed?: boolean;
  /** A proven rollback: the one who proposes it may be one of those who agree. */
  proposerCounts?: boolean;
}

const atOnce = 4;

/** Each answer that can be read as one, the first received first; and why it does not count. What is none at all comes as problems. */
export async function judgeVotes(
  bench: Bench,
  kept: KeptApprovals,
  extra: readonly ProposalVote[] = [],
): Promise<{ votes: ProposalVote[]; problems: string[] }> {
  const problems = [...kept.problems];
  const read = kept.votes.flatMap((vote) => {
    const name = vote.digest.slice(0, 10);
    if (sha256(vote.statement) !== vote.digest) {
      problems.push(`vote ${name} holds another statement than its name says`);
      return [];
    }
    const found = readStatement(vote.statement);
    if ("statement" in found) return [{ ...vote, parsed: found.statement }];
    problems.push(`vote ${name} is no statement: ${found.problem}`);
    return [];
  });
  const commits = [...new Set(read.map(({ parsed }) => parsed.policy.commit))];
  const past = new Set<string>();
  for (const commit of commits) if (commit === bench.commit || (await bench.repository.isAncestor(commit, bench.commit).catch(() => false))) past.add(commit);
  const judged: ProposalVote[] = [];
  // Each starts processes; somebody may have put hundreds there.
  for (let at = 0; at < read.length; at += atOnce)
    judged.push(...(await Promise.all(read.slice(at, at + atOnce).map((vote) => judgeVote(bench, vote, kept.reports, past)))));
  const others = extra.map((vote): ProposalVote => {
    const couldCount = yes(vote) || vote.lacks !== undefined;
    const why = couldCount && bench.proposerCounts !== true ? excluded(bench.proposal, vote.who) : undefined;
    return why === undefined ? vote : { ...vote, counts: false, why, lacks: undefined };
  });
  const votes = [...judged, ...others].toSorted((a, b) => a.receivedMs - b.receivedMs || (a.digest < b.digest ? -1 : 1));
  return { votes: together(bench, votes), problems };
}

async function judgeVote(
  bench: Bench,
  { digest, statement: text, signature, parsed }: KeptVote & { parsed: ProposalStatement },
  reports: ReadonlyMap<string, GateReport>,
  past: ReadonlySet<string>,
): Promise<ProposalVote> {
  const receipt = bench.receipts.get(digest);
  const receivedMs = receipt?.receivedMs ?? bench.receivedMs;
  const voice = signature === undefined ? unsignedVoice(receipt) : await signerOf(bench, text, signature, receivedMs);
  const problem =
    voice.why ?? statementProblem(parsed, truthOf(bench, past)) ?? (parsed.decision === "approve" ? yesProblem(bench, voice, parsed, reports) : undefined);
  const { decision: vote, note } = parsed;
  return {
    who: voice.who,
    how: signature === undefined ? "unsigned" : "signed",
    ...(voice.fingerprint !== undefined && { fingerprint: voice.fingerprint }),
    ...(voice.touched && { touched: voice.touched }),
    vote,
    note,
    digest,
    statement: parsed,
    receivedMs,
    counts: problem === undefined,
    ...(problem !== undefined && { why: problem }),
  };
}

interface Voice {
  who: string;
  fingerprint?: string | undefined;
  touched?: true | undefined;
  why?: string | undefined;
}

/** One without a signature is only what this machine itself saw a person say. */
function unsignedVoice(receipt: ReceiptRow | undefined): Voice {
  if (receipt?.how === "unsigned") return { who: receipt.who };
  return { who: "somebody", why: "it carries no signature, and was not given on this machine" };
}

/** Whose signature it is, at the time that it was received. */
export async function signerOf({ signers, commit }: Pick<Bench, "signers" | "commit">, data: string, signature: string, receivedMs: number): Promise<Voice> {
  const valid = validSigners(signers, approvalNamespace, receivedMs);
  const checked = await checkSignature({ data, signature, namespace: approvalNamespace }, signersFile(valid, approvalNamespace));
  if (checked.state === "bad") return { who: "somebody", why: checked.untouched ? checked.said : "its signature is none over this statement as an approval" };
  const { fingerprint } = checked;
  const signer = valid.find((each) => each.fingerprint === fingerprint);
  if (checked.state === "good" && signer?.principal === checked.principal) return { who: signer.principal, fingerprint, touched: checked.touched };
  const listed = signers.find((each) => each.fingerprint === fingerprint);
  if (listed === undefined) return { who: "somebody", fingerprint, why: `the key ${fingerprint} is not in policies/signers of ${commit.slice(0, 10)}` };
  const late = listed.validUntilMs !== undefined && receivedMs >= listed.validUntilMs;
  const when = late ? "had expired when the answer was received" : "was not good for approvals when the answer was received";
  return { who: listed.principal, fingerprint, why: `the key of ${listed.principal} ${when}` };
}

function truthOf({ repositoryId, proposal, target, needs, policyVersion, nowMs }: Bench, past: ReadonlySet<string>): Parameters<typeof statementProblem>[1] {
  return {
    repository: repositoryId,
    proposal,
    target,
    kinds: needs.risk.kinds,
    needed: needs.needed,
    policyVersion,
    isPast: (commit) => past.has(commit),
    nowMs,
  };
}

function yesProblem(bench: Bench, voice: Voice, parsed: ProposalStatement, reports: ReadonlyMap<string, GateReport>): string | undefined {
  const { proposal, needs, agents, used, landed, signedOnly, repositoryId } = bench;
  if (needs.needed === undefined) return "nobody can agree to it: it is denied";
  if (bench.proposerCounts !== true) {
    const own = excluded(proposal, voice.who);
    if (own !== undefined) return own;
  }
  if (agents.some((agent) => sameName(agent, voice.who))) return `${voice.who} is an agent: only people's approvals count`;
  if (voice.fingerprint === undefined && (signatureNeeded(needs.needed) || signedOnly)) return "it carries no signature, and here only signed ones count";
  const usedBy = used.get(parsed.nonce);
  if (usedBy !== undefined && !(landed === true && usedBy === proposal.id)) return `it was used already, when ${usedBy} landed`;
  const report = reports.get(parsed.gates ?? "");
  if (report === undefined) return "the results of the gates that it names are not here";
  return reportProblem(report, { ...proposal, repository: repositoryId, kinds: needs.risk.kinds });
}

/** Whose approval never counts for a change: whoever proposed or wrote it. */
export function excluded({ proposer, author }: Pick<Proposal, "proposer" | "author">, who: string): string | undefined {
  if (sameName(who, proposer.name)) return `${who} proposed it: one's own approval does not count`;
  if (sameName(who, author.name) || sameName(who, author.email)) return `${who} is the author of its commit: one's own approval does not count`;
  return undefined;
}

/** As policy counts them. */
export function asVote({ who, how, fingerprint, vote }: ProposalVote): Vote {
  return {
    who,
    how: how === "signed" ? "signed" : "unsigned",
    ...(fingerprint !== undefined && { fingerprint }),
    vote: vote === "approve" ? "approve" : "deny",
  };
}

function yes({ counts, vote }: ProposalVote): boolean {
  return counts && vote === "approve";
}

/** What only shows beside the others: the same nonce twice, one person or one key twice, other results of the gates than the others'. */
function together({ needs, proposal, proposerCounts }: Bench, votes: readonly ProposalVote[]): ProposalVote[] {
  const { needed } = needs;
  if (needed === undefined) return [...votes];
  const agent = proposerCounts === true ? "" : proposal.proposer.name;
  const sets = [...new Set(votes.filter(yes).map(({ statement }) => statement.gates))].map((gates) => {
    const those = votes.filter((vote) => yes(vote) && vote.statement.gates === gates);
    const { state, counted } = tally({ ...needed, agent }, those.map(asVote));
    return { gates, rank: (state === "approved" ? 1000 : 0) + counted.length };
  });
  const best = sets.toSorted((a, b) => b.rank - a.rank)[0]?.gates;
  const seen: ProposalVote[] = [];
  return votes.map((vote) => {
    if (!yes(vote)) return vote;
    const before = seen.find((other) => isSame(asVote(other), asVote(vote)));
    const why =
      vote.statement.gates !== best
        ? `it is about other results of the gates (${(vote.statement.gates ?? "none").slice(0, 10)}) than those that count`
        : seen.some((other) => other.statement.nonce === vote.statement.nonce)
          ? "its nonce is another answer's"
          : before === undefined
            ? undefined
            : sameName(before.who, vote.who)
              ? `${vote.who} counts once`
              : `the key of ${vote.who} is that of ${before.who}: one key counts once`;
    if (why !== undefined) return { ...vote, counts: false, why };
    seen.push(vote);
    return vote;
  });
}
