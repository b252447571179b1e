import { AgentctlError } from "../base/errors.ts";
import { nearest } from "../base/suggest.ts";
import type { CommitObject } from "../git/history.ts";
import type { Repository } from "../git/repository.ts";
import { isProposalId, readMessage } from "../proposal/message.ts";
import type { Proposal } from "../proposal/proposal.ts";

export const proposalRefs = "refs/heads/agentctl";
/** Where the branches of those that were withdrawn are kept. */
export const withdrawnRefs = "refs/agentctl/withdrawn";

export function proposalRef(id: string): string {
  if (!isProposalId(id)) throw badId(id);
  return `${proposalRefs}/${id}`;
}

/** A branch that is no proposal, and why. */
export interface Unreadable {
  ref: string;
  why: string;
}

/** A proposal as its branch says, before anybody asked what it changes. */
export type ProposalHead = Omit<Proposal, "changes">;

/**
 * Every proposal of the repository, from its branches, in two processes however many there are; by id. What cannot be read as one is listed beside them.
 */
export async function readProposals(repository: Repository): Promise<{ proposals: Proposal[]; unreadable: Unreadable[] }> {
  const { heads, unreadable } = await readHeads(repository);
  return { proposals: await withChanges(repository, heads), unreadable };
}

/** As `readProposals`, in one process, without what they change. */
export async function readHeads(repository: Repository): Promise<{ heads: ProposalHead[]; unreadable: Unreadable[] }> {
  const unreadable: Unreadable[] = [];
  const heads = (await repository.refCommits(proposalRefs)).flatMap(({ ref, commit }) => {
    const read = proposalOf(ref, ref.slice(proposalRefs.length + 1), commit);
    if (!("why" in read)) return [read];
    unreadable.push({ ref, why: read.why });
    return [];
  });
  return { heads, unreadable };
}

/** What each of them changes, in one process. */
export async function withChanges(repository: Repository, heads: readonly ProposalHead[]): Promise<Proposal[]> {
  const changes = await repository.commitChanges(heads.map(({ base, head }) => [base, head]));
  return heads.map((proposal, index) => ({ ...proposal, changes: changes[index] ?? [] }));
}

/**
 * One proposal by its id or a unique beginning of it. Errors (exit usage): `proposal/bad-id`, `proposal/unknown`, `proposal/ambiguous`; (exit verification)
 * `proposal/unreadable` where its branch holds something else than one commit on a base.
 */
export async function findProposal(repository: Repository, name: string): Promise<Proposal> {
  if (!/^(p|p-[0-9a-z]*)$/.test(name)) throw badId(name);
  const refs = await repository.listRefs(proposalRefs);
  const ids = refs.map(({ ref }) => ref.slice(proposalRefs.length + 1));
  const matching = ids.includes(name) ? [name] : ids.filter((id) => id.startsWith(name));
  if (matching.length > 1) {
    throw new AgentctlError("proposal/ambiguous", `${matching.length} proposals begin with ${JSON.stringify(name)}: ${matching.slice(0, 5).join(", ")}`, {
      exit: "usage",
    });
  }
  const [id] = matching;
  const entry = refs.find(({ ref }) => ref === `${proposalRefs}/${id}`);
  if (id === undefined || entry === undefined) {
    const near = nearest(name, ids);
    throw new AgentctlError("proposal/unknown", `there is no proposal ${JSON.stringify(name)}`, {
      hint: near === undefined ? "agentctl proposal" : `did you mean ${near}?`,
      exit: "usage",
    });
  }
  return readProposal(repository, entry.ref, id, entry.oid);
}

/** The proposal of a commit. Error `proposal/unreadable` (exit verification). */
export async function readProposal(repository: Repository, ref: string, id: string, head: string): Promise<Proposal> {
  const [commit] = await repository.readCommits([head]);
  const read = proposalOf(ref, id, commit);
  if ("why" in read) {
    throw new AgentctlError("proposal/unreadable", `${ref} is no proposal: ${read.why}`, { hint: "agentctl propose makes one", exit: "verification" });
  }
  const [changes = []] = await repository.treeChanges([[read.base, read.head]]);
  return { ...read, changes };
}

function proposalOf(ref: string, id: string, commit: CommitObject | undefined): ProposalHead | { why: string } {
  if (!isProposalId(id)) return { why: "its name is no id of a proposal" };
  if (commit === undefined) return { why: "it does not point to a commit" };
  const [base, ...others] = commit.parents;
  if (base === undefined || others.length > 0) return { why: `its commit has ${commit.parents.length} parents, a proposal is one commit on its base` };
  const words = readMessage(commit.message);
  if (words === undefined) return { why: "its message names no proposal" };
  if (words.id !== id) return { why: `its message says ${words.id}` };
  return { ...words, ref, head: commit.oid, base, tree: commit.tree, author: commit.author, writtenMs: commit.committedMs };
}

function badId(name: string): AgentctlError {
  return new AgentctlError("proposal/bad-id", `${JSON.stringify(name)} is no id of a proposal`, {
    hint: "ids look like p-7k2mq0x4w9: agentctl proposal",
    exit: "usage",
  });
}
