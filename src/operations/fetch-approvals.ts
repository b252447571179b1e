import { sha256 } from "../base/digest.ts";
import { systemClock } from "../base/clock.ts";
import type { CommitObject } from "../git/history.ts";
import { highestTime } from "../ledger/high-water.ts";
import { noteReceipts, receiptsOf } from "../ledger/proposals.ts";
import { readStatement } from "../proposal/statement.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { addApprovals, readApprovals, type KeptVote } from "./approval-ref.ts";
import { approvalSigners } from "./approval-signers.ts";
import { withLedger } from "./audit-state.ts";
import { outsidePolicy } from "./halt-work.ts";
import { inRun } from "./in-run.ts";
import { signerOf } from "./judge-votes.ts";
import type { Authority } from "./load-authority.ts";
import { maskFor } from "./mask-for.ts";
import { personName } from "./person.ts";

export interface JoinedApprovals {
  /** Answers of known signers that this machine had not seen before. */
  received: { who: string; vote: "approve" | "reject"; digest: string }[];
  /** What lay there and was left. */
  problems: string[];
}

/**
 * Joins approvals that were fetched with ours: nobody's answer is lost, and what is none of it is left behind. An answer whose signature is good gets its receipt:
 * from then on it is judged by this time, whatever it says of itself. One without a signature gets none, and so never counts here.
 */
export async function joinApprovals(authority: Authority, env: NodeJS.ProcessEnv, id: string, fetched: CommitObject["oid"]): Promise<JoinedApprovals> {
  const { repository, workspace, commit, set, config } = authority;
  const kept = await readApprovals(repository, fetched);
  if (kept.commit === undefined) return { received: [], problems: kept.problems };
  const problems = [...kept.problems];
  const votes = kept.votes.filter((vote) => {
    const read = readStatement(vote.statement);
    const why =
      sha256(vote.statement) !== vote.digest
        ? "holds another statement than its name says"
        : "problem" in read
          ? `is no statement: ${read.problem}`
          : undefined;
    const about = "statement" in read && read.statement.proposal !== id ? `is about ${read.statement.proposal}` : why;
    if (about !== undefined) problems.push(`vote ${vote.digest.slice(0, 10)} ${about}`);
    return about === undefined;
  });
  const stateDir = ensureStateDir(workspace);
  const known = withLedger(stateDir, (ledger) => receiptsOf(ledger, id)) ?? new Map();
  const atMs = withLedger(stateDir, (ledger) => highestTime(ledger, systemClock.nowMs())) ?? systemClock.nowMs();
  const good = await signedBy(
    authority,
    votes.filter(({ digest }) => !known.has(digest)),
    atMs,
  );
  if (good.length > 0) {
    const mask = maskFor(stateDir, env, { names: config.values.mask.names, secrets: config.secrets });
    const started = { ...outsidePolicy(`proposal fetch ${id}`, personName()), policy: { commit, digest: set.digest } };
    await inRun({ stateDir, mask, started }, async ({ recorder, ledger }) => {
      for (const { who, fingerprint, digest, statement, signature, parsed } of good) {
        const { head, decision: vote, note } = parsed;
        const more = { ...(fingerprint !== undefined && { fingerprint }), ...(note !== "" && { note }), statement, signature: signature ?? "", received: true };
        await recorder.append("proposal.voted", { proposal: id, head, who, how: "signed", vote, digest, ...more });
      }
      const nowMs = systemClock.nowMs();
      noteReceipts(
        ledger,
        good.map(({ digest, who, parsed }) => ({ digest, proposal: id, nonce: parsed.nonce, how: "signed" as const, who, vote: parsed.decision, nowMs })),
      );
      return { outcome: "ok", result: undefined };
    });
  }
  await addApprovals(repository, id, { votes, reports: [...kept.reports].map(([digest, report]) => ({ digest, report })) }, kept.commit);
  return { received: good.map(({ who, digest, parsed }) => ({ who, vote: parsed.decision, digest })), problems };
}

async function signedBy(authority: Authority, votes: readonly KeptVote[], atMs: number) {
  const signers = await approvalSigners(authority);
  const judged = await Promise.all(
    votes.map(async (vote) => {
      const read = readStatement(vote.statement);
      if (vote.signature === undefined || "problem" in read) return [];
      const { who, fingerprint, why } = await signerOf({ signers, commit: authority.commit }, vote.statement, vote.signature, atMs);
      return why === undefined ? [{ ...vote, who, fingerprint, parsed: read.statement }] : [];
    }),
  );
  return judged.flat();
}
