import { AgentctlError, messageOf } from "../base/errors.ts";
import { fetchRefs, listRemoteRefs, type RefToFetch } from "../git/fetch-refs.ts";
import { isProposalId } from "../proposal/message.ts";
import { approvalRefs, approvalsRef } from "./approval-ref.ts";
import { joinApprovals } from "./fetch-approvals.ts";
import { proposalRef, proposalRefs, readProposal, withdrawnRefs } from "./find-proposal.ts";
import { loadAuthority, type Authority } from "./load-authority.ts";

export interface FetchAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** A name such as `origin`, or a URL. */
  remote: string;
  /** Only this one. */
  proposal?: string | undefined;
  /** Where the remote's branch is another one, take theirs. */
  theirs?: boolean | undefined;
}

export interface FetchedProposal {
  proposal: string;
  /** new; same; kept: ours is another one and stays; taken: theirs replaced ours; landed and withdrawn: not made again; none: the remote has only answers. */
  branch: "new" | "same" | "kept" | "taken" | "landed" | "withdrawn" | "none";
  head?: string | undefined;
  /** Where ours is another one. */
  ours?: string | undefined;
  received: { who: string; vote: "approve" | "reject"; digest: string }[];
  problems: string[];
}

export interface FetchedProposals {
  remote: string;
  proposals: FetchedProposal[];
  /** Names and branches of the remote that are none of it. */
  refused: { ref: string; why: string }[];
}

const quarantine = "refs/agentctl/fetched";
const most = 500;

/**
 * Brings proposals and the answers to them from another clone: exactly these refs, into a place of their own, looked at, and only then beside ours. A branch of ours
 * is never replaced unless `theirs` says so. Errors: `proposal/bad-id`, `git/bad-url`, `git/no-remote` (usage), `git/fetch-failed`, `proposal/not-there` (usage).
 */
export async function fetchProposals({ cwd, env, remote, proposal, theirs = false }: FetchAsked): Promise<FetchedProposals> {
  const authority = await loadAuthority(cwd, env);
  const { repository, commit } = authority;
  if (proposal !== undefined) proposalRef(proposal);
  const refused: FetchedProposals["refused"] = [];
  const found = (await listRemoteRefs(repository, remote, [proposalRefs, approvalRefs])).filter(({ ref }) => {
    const id = ref.slice(ref.lastIndexOf("/") + 1);
    const ours = isProposalId(id) && (ref === proposalRef(id) || ref === approvalsRef(id));
    if (!ours) refused.push({ ref: ref.slice(0, 200), why: "its name is no id of a proposal" });
    return ours && (proposal === undefined || id === proposal);
  });
  if (found.length > most)
    throw new AgentctlError("git/too-large", `${remote} has ${found.length} refs of proposals; at most ${most} are fetched`, { hint: "name one" });
  if (proposal !== undefined && found.length === 0)
    throw new AgentctlError("proposal/not-there", `${remote} has no proposal ${proposal}`, { hint: "agentctl proposal fetch", exit: "usage" });
  const wanted = found.map(({ ref }): RefToFetch => ({ from: ref, to: quarantined(ref) }));
  await fetchRefs(repository, remote, wanted, [commit]);
  const ids = [...new Set(found.map(({ ref }) => ref.slice(ref.lastIndexOf("/") + 1)))].toSorted();
  const proposals: FetchedProposal[] = [];
  for (const id of ids) {
    try {
      proposals.push(await takeOne(authority, env, id, theirs));
    } catch (thrown) {
      if (!(thrown instanceof AgentctlError) || thrown.exit === "halted") throw thrown;
      refused.push({ ref: proposalRef(id), why: messageOf(thrown) });
    }
  }
  await forget(authority, wanted);
  return { remote, proposals, refused };
}

function quarantined(ref: string): string {
  const id = ref.slice(ref.lastIndexOf("/") + 1);
  return ref === approvalsRef(id) ? `${quarantine}/approvals/${id}` : `${quarantine}/proposals/${id}`;
}

async function takeOne(authority: Authority, env: NodeJS.ProcessEnv, id: string, theirs: boolean): Promise<FetchedProposal> {
  const { repository } = authority;
  const approvals = await repository.readRef(quarantined(approvalsRef(id)));
  const joined = approvals === undefined ? { received: [], problems: [] } : await joinApprovals(authority, env, id, approvals);
  const fetched = await repository.readRef(quarantined(proposalRef(id)));
  if (fetched === undefined) return { proposal: id, branch: "none", ...joined };
  const { head } = await readProposal(repository, quarantined(proposalRef(id)), id, fetched);
  return { proposal: id, head, ...(await takeBranch(authority, id, head, theirs)), ...joined };
}

async function takeBranch({ repository, commit }: Authority, id: string, head: string, theirs: boolean): Promise<Pick<FetchedProposal, "branch" | "ours">> {
  const ref = proposalRef(id);
  const ours = await repository.readRef(ref);
  if (ours === head) return { branch: "same" };
  if (ours === undefined) {
    if (await repository.isAncestor(head, commit)) return { branch: "landed" };
    if ((await repository.readRef(`${withdrawnRefs}/${id}`)) !== undefined && !theirs) return { branch: "withdrawn" };
    await repository.updateRef(ref, head, undefined);
    return { branch: "new" };
  }
  if (!theirs) return { branch: "kept", ours };
  await repository.updateRef(ref, head, ours);
  return { branch: "taken", ours };
}

/** The place of what was fetched is empty again. */
async function forget({ repository }: Authority, wanted: readonly RefToFetch[]): Promise<void> {
  for (const { to } of wanted) {
    const at = await repository.readRef(to);
    if (at !== undefined) await repository.updateRef(to, undefined, at);
  }
}
