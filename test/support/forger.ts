import { systemClock } from "../../src/base/clock.ts";
import { sha256 } from "../../src/base/digest.ts";
import type { Repository } from "../../src/git/repository.ts";
import { commitTree } from "../../src/git/write.ts";
import { addApprovals } from "../../src/operations/approval-ref.ts";
import { findProposal } from "../../src/operations/find-proposal.ts";
import { statementToSign } from "../../src/operations/vote-proposal.ts";
import type { GateReport } from "../../src/proposal/gate-report.ts";
import type { Proposal } from "../../src/proposal/proposal.ts";
import { readStatement, statementText, type ProposalStatement } from "../../src/proposal/statement.ts";
import { signText, type TestKey } from "./approvals.ts";
import type { ProposalWorld } from "./proposals.ts";

/** Somebody with a git of their own, who writes into the repository whatever they like. */
export interface Forger {
  /** What a person would be asked to sign. */
  statementOf(proposal: Proposal, more?: Partial<ProposalStatement>): Promise<ProposalStatement>;
  /** What would be signed of another change of the same kind; asked of nobody, so in no process. */
  likewise(sound: ProposalStatement, proposal: Proposal, report: { digest: string }): ProposalStatement;
  /** Puts answers where they are kept: each signed by a key, with a signature as it is given, or without one. */
  put(
    proposal: Proposal,
    answers: readonly [ProposalStatement, TestKey | string | undefined][],
    reports: { digest: string; report: GateReport }[],
  ): Promise<string>;
  /** Moves a proposal's branch to another commit of the same words, dated as its maker likes. */
  moved(proposal: Proposal, more: { tree?: string; author?: { name: string; email: string }; atMs?: number }): Promise<Proposal>;
}

export function forger({ dir, git }: ProposalWorld, repository: Repository): Forger {
  let nonces = 0;
  return {
    async statementOf({ id }, more = {}) {
      const read = readStatement(await statementToSign({ cwd: dir, env: {}, proposal: id, vote: "approve", note: "" }));
      if ("problem" in read) throw new Error(read.problem);
      return { ...read.statement, ...more };
    },
    likewise(sound, { id, head, base, tree }, { digest }) {
      nonces += 1;
      return { ...sound, proposal: id, head, base, tree, gates: digest, nonce: `n-another-nonce-${String(nonces).padStart(4, "0")}` };
    },
    put({ id }, answers, reports) {
      const votes = answers.map(([statement, by]) => {
        const text = statementText(statement);
        return { digest: sha256(text), statement: text, signature: typeof by === "object" ? signText(text, by) : by };
      });
      return addApprovals(repository, id, { votes, reports });
    },
    async moved(proposal, { tree = proposal.tree, author = proposal.author, atMs = systemClock.nowMs() }) {
      const message = `${git("show", "-s", "--format=%B", proposal.head)}\n`;
      const { name, email } = author;
      const clock = { ...systemClock, nowMs: () => atMs };
      const head = await commitTree(repository, { tree, parents: [proposal.base], message, author: { name, email } }, clock);
      git("update-ref", proposal.ref, head);
      return findProposal(repository, proposal.id);
    },
  };
}
