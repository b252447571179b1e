import { systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import type { NewTreeEntry } from "../git/write.ts";
import type { Repository } from "../git/repository.ts";
import { noteProposal } from "../ledger/proposals.ts";
import { writeMessage } from "../proposal/message.ts";
import type { Proposal, Proposer } from "../proposal/proposal.ts";
import { readProposal, proposalRef } from "./find-proposal.ts";
import type { OpenRun } from "./in-run.ts";
import type { Authority } from "./load-authority.ts";
import { riskAt } from "./proposal-needs.ts";

/** A file of a proposal: its whole new content, or that it goes. */
export interface ProposedContent {
  path: string;
  /** Undefined where the file goes. */
  data: Uint8Array | undefined;
  /** A program (mode 100755); undefined keeps the mode that the file has, or makes a plain one. */
  program?: boolean | undefined;
}

export interface ProposalWanted {
  /** Given where it follows from a run's call; else a new one. */
  id?: string | undefined;
  title: string;
  rationale: string;
  proposer: Proposer;
  triggeredBy: string;
  /** The run that the files come from. */
  run?: string | undefined;
  evidence: readonly string[];
  contents: readonly ProposedContent[];
  /** What it is about, so that nothing is proposed twice. */
  signature?: string | undefined;
  /** The commit that it is made on; the protected branch's when not given. */
  base?: string | undefined;
  /** Replaces the branch of the same id, which stands at this head. */
  replaces?: string | undefined;
}

/**
 * Makes a branch of one commit from files, by plumbing alone: blobs, trees, commit, ref. No index, no working tree, no hook, no filter, no attribute. The
 * record says so first, the ref comes last, so that a branch without its record does not exist. Errors: `proposal/nothing` (usage) where nothing differs,
 * `proposal/bad-words`, `git/bad-path`, `git/ref-moved` where there is a branch of this id already.
 */
export async function openProposal({ recorder, ledger, run: openedIn }: OpenRun, authority: Authority, wanted: ProposalWanted): Promise<Proposal> {
  const { repository } = authority;
  const base = wanted.base ?? authority.commit;
  const tree = await treeWith(repository, base, wanted.contents);
  const { title, rationale, proposer, triggeredBy, run, evidence } = wanted;
  const id = wanted.id ?? newId("p");
  const message = writeMessage({ id, title, rationale, proposer, triggeredBy, run, evidence });
  if (tree === (await repository.trees([base])).get(base)) {
    throw new AgentctlError("proposal/nothing", `nothing differs from ${base.slice(0, 10)}`, { hint: "give files that differ", exit: "usage" });
  }
  const head = await repository.commitTree({ tree, parents: [base], message, author: authorOf(proposer) });
  const proposal = await readProposal(repository, proposalRef(id), id, head);
  const risk = await riskAt(repository, proposal);
  await recorder.append("proposal.opened", {
    proposal: id,
    ref: proposal.ref,
    head,
    base,
    tree,
    title: proposal.title,
    proposer,
    triggeredBy: proposal.triggeredBy,
    ...(run !== undefined && { from: run }),
    kinds: risk.kinds,
    class: risk.class,
    effect: risk.effect,
    files: proposal.changes.map(({ path }) => path),
    evidence: [...proposal.evidence],
    ...(wanted.signature !== undefined && { signature: wanted.signature }),
    ...(wanted.replaces !== undefined && { replaces: wanted.replaces }),
  });
  await repository.updateRef(proposal.ref, head, wanted.replaces);
  noteProposal(ledger, { proposal: id, head, base, proposer, signature: wanted.signature, run: openedIn, nowMs: systemClock.nowMs() });
  return proposal;
}

/** The tree of a commit with these files in it; written, not checked out. Links and submodules that are there stay as they are. */
export async function treeWith(repository: Repository, base: string, contents: readonly ProposedContent[]): Promise<string> {
  const entries = new Map((await repository.listTree(base)).map(({ path, mode, oid }) => [path, { path, mode, oid }]));
  const oids = await repository.writeBlobs(contents.flatMap(({ data }) => (data === undefined ? [] : [data])));
  let written = 0;
  for (const { path, data, program } of contents) {
    if (data === undefined) {
      if (!entries.delete(path))
        throw new AgentctlError("proposal/no-such-file", `there is no ${JSON.stringify(path)} in ${base.slice(0, 10)} to remove`, { exit: "usage" });
      continue;
    }
    const kept = entries.get(path)?.mode;
    const mode = program === undefined ? (kept === "100755" ? kept : "100644") : program ? "100755" : "100644";
    entries.set(path, { path, mode, oid: oids[written++] ?? "" });
  }
  return repository.writeTree([...entries.values()] as NewTreeEntry[]);
}

function authorOf({ kind, name }: Proposer): { name: string; email: string } {
  const plain = name.replaceAll(/[<>\p{Cc}]/gu, "");
  return { name: kind === "agent" ? `agent ${plain}` : plain, email: /^[^\s<>@]+@[^\s<>@]+$/.test(plain) ? plain : `${kind}@agentctl.invalid` };
}
