import { AgentctlError } from "../base/errors.ts";
import { fetchRefs, listRemoteRefs } from "../git/fetch-refs.ts";
import { approvalRefs, approvalsRef } from "./approval-ref.ts";
import { joinApprovals } from "./fetch-approvals.ts";
import { findProposal, proposalRef } from "./find-proposal.ts";
import { loadAuthority, type Authority } from "./load-authority.ts";

export interface PushAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  proposal: string;
  /** A name such as `origin`, or a URL. */
  remote: string;
}

export interface PushedProposal {
  proposal: string;
  remote: string;
  url: string;
  /** Undefined where the branch is gone, since it landed. */
  head?: string | undefined;
  /** Commit of the answers; undefined where there are none. */
  approvals?: string | undefined;
  /** Answers of others that the remote had, and that are here now. */
  received: { who: string; vote: "approve" | "reject"; digest: string }[];
  problems: string[];
}

const tries = 3;

/**
 * Brings a proposal's branch and the answers to it to a remote. Nothing is forced: what the remote has more of answers comes here first and is joined. Errors: those
 * of `findProposal`, `git/bad-url`, `git/no-remote` (usage), `git/fetch-failed`, `git/push-refused`.
 */
export async function pushProposal({ cwd, env, proposal: name, remote }: PushAsked): Promise<PushedProposal> {
  const authority = await loadAuthority(cwd, env);
  const { repository } = authority;
  const { id, head } = await toPush(authority, name);
  const received: PushedProposal["received"] = [];
  const problems: string[] = [];
  let url = "";
  if (head !== undefined) ({ url } = await pushBranch(authority, remote, id));
  for (let attempt = 1; ; attempt++) {
    const theirs = (await listRemoteRefs(repository, remote, [approvalRefs])).find(({ ref }) => ref === approvalsRef(id))?.oid;
    const ours = await repository.readRef(approvalsRef(id));
    if (theirs !== undefined && theirs !== ours) {
      const to = `refs/agentctl/fetched/approvals/${id}`;
      await fetchRefs(repository, remote, [{ from: approvalsRef(id), to }], ours === undefined ? [authority.commit] : [authority.commit, ours]);
      const joined = await joinApprovals(authority, env, id, (await repository.readRef(to)) ?? theirs);
      received.push(...joined.received);
      problems.push(...joined.problems);
      await repository.updateRef(to, undefined, await repository.readRef(to));
    }
    const approvals = await repository.readRef(approvalsRef(id));
    if (approvals === undefined || approvals === theirs) return { proposal: id, remote, url, head, approvals, received, problems };
    try {
      ({ url } = await repository.push(remote, approvalsRef(id)));
      return { proposal: id, remote, url, head, approvals, received, problems };
    } catch (thrown) {
      // Somebody else's answers arrived in between.
      if (!(thrown instanceof AgentctlError) || thrown.code !== "git/push-refused" || attempt === tries) throw thrown;
    }
  }
}

/** A branch that landed is gone; the answers to it are not. */
async function toPush({ repository }: Authority, name: string): Promise<{ id: string; head: string | undefined }> {
  try {
    const { id, head } = await findProposal(repository, name);
    return { id, head };
  } catch (thrown) {
    if (
      thrown instanceof AgentctlError &&
      thrown.code === "proposal/unknown" &&
      (await repository.readRef(approvalsRef(name)).catch(() => undefined)) !== undefined
    )
      return { id: name, head: undefined };
    throw thrown;
  }
}

async function pushBranch({ repository }: Authority, remote: string, id: string): Promise<{ url: string }> {
  try {
    return await repository.push(remote, proposalRef(id));
  } catch (thrown) {
    if (!(thrown instanceof AgentctlError) || !/non-fast-forward|fetch first|rejected/.test(thrown.message)) throw thrown;
    throw new AgentctlError("git/push-refused", `${remote} has another ${proposalRef(id)}, and nothing is forced`, {
      hint: `agentctl proposal fetch ${id} shows which; when yours is to replace it: git push ${remote} --delete agentctl/${id}, then push again`,
      cause: thrown,
    });
  }
}
