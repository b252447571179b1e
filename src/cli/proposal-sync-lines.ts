import type { FetchedProposal, FetchedProposals } from "../operations/fetch-proposals.ts";
import type { PushedProposal } from "../operations/push-proposal.ts";
import { said } from "./said.ts";

const short = (oid: string | undefined): string => oid?.slice(0, 10) ?? "-";

export function pushedLines({ proposal, url, head, approvals, received, problems }: PushedProposal): string[] {
  return [
    `pushed    ${proposal}  head ${short(head)}  answers ${short(approvals)}  to ${said(url)}`,
    ...received.map(({ who, vote }) => `received  ${vote} by ${said(who)}`),
    ...problems.map((problem) => `left      ${said(problem)}`),
  ];
}

export function fetchedLines({ remote, proposals, refused }: FetchedProposals): { data: string[]; words: string[] } {
  const data = proposals.flatMap(({ proposal, branch, head, ours, received, problems }) => [
    `${proposal}  ${said(branches[branch])}  head ${short(head)}${ours === undefined ? "" : `  yours ${short(ours)}`}`,
    ...received.map(({ who, vote }) => `  received  ${vote} by ${said(who)}`),
    ...problems.map((problem) => `  left      ${said(problem)}`),
  ]);
  const kept = proposals.find(({ branch }) => branch === "kept");
  return {
    data,
    words: [
      ...refused.slice(0, 20).map(({ ref, why }) => `refused   ${said(ref)}: ${said(why)}`),
      ...(proposals.length === 0 ? [`nothing   ${said(remote)} has no proposals`] : []),
      ...(kept === undefined ? [] : [`next      agentctl proposal fetch ${kept.proposal} --theirs     takes the remote's instead of yours`]),
    ],
  };
}

const branches: Record<FetchedProposal["branch"], string> = {
  new: "is here now",
  same: "is the same",
  kept: "differs, yours stays",
  taken: "is the remote's now",
  landed: "has landed here",
  withdrawn: "was withdrawn here",
  none: "only answers",
};
