import { AgentctlError } from "../base/errors.ts";
import { isProposalId, readMessage } from "../proposal/message.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { proposalRef, readProposal } from "./find-proposal.ts";
import { branchOf } from "./forge-access.ts";
import { loadAuthority, type Authority } from "./load-authority.ts";

export interface CiAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** The protected branch; else what AGENTCTL_AUTHORITY_BRANCH, then GITHUB_BASE_REF names, else the workspace's own. */
  base?: string | undefined;
  /** Commit that is looked at; HEAD when not given. */
  head?: string | undefined;
}

export interface CiPlace {
  /** Its ref is that of the branch itself, also in a clone that has only the remote's. */
  authority: Authority;
  env: NodeJS.ProcessEnv;
  head: string;
}

/**
 * What judges and what is judged, the same on a laptop and in Actions: a commit, and the protected branch that it is to land on. A change never judges itself.
 * Errors (exit usage): `ci/no-base` where no branch protects, `ci/unknown-head`, `workspace/no-authority`.
 */
export async function ciPlace({ cwd, env: given, base, head }: CiAsked): Promise<CiPlace> {
  const branch = [base, given["AGENTCTL_AUTHORITY_BRANCH"], given["GITHUB_BASE_REF"]].find((each) => each !== undefined && each !== "");
  const env = branch === undefined ? given : { ...given, AGENTCTL_AUTHORITY_BRANCH: branchOf(branch) };
  const authority = await loadAuthority(cwd, env);
  if (!/^refs\/(heads|remotes\/origin)\//.test(authority.ref)) {
    throw new AgentctlError("ci/no-base", `there is no protected branch here, and ${authority.ref} would judge itself`, {
      hint: "--base main, in a clone that has it (fetch-depth: 0)",
      exit: "usage",
    });
  }
  const commit = await authority.repository.resolve(head ?? "HEAD");
  if (commit === undefined)
    throw new AgentctlError("ci/unknown-head", `there is no commit ${JSON.stringify(head ?? "HEAD")}`, { hint: "git log --oneline", exit: "usage" });
  return { authority: { ...authority, ref: `refs/heads/${branchOf(authority.ref)}` }, env, head: commit };
}

/** The proposal that a commit is; undefined where its message names none. Error `proposal/unreadable` (verification) where it names one and is none. */
export async function proposalAt({ repository }: Authority, head: string): Promise<Proposal | undefined> {
  const [commit] = await repository.readCommits([head]);
  const id = commit === undefined ? undefined : readMessage(commit.message)?.id;
  if (commit === undefined || id === undefined || !isProposalId(id) || commit.parents.length !== 1) return undefined;
  return readProposal(repository, proposalRef(id), id, head);
}
