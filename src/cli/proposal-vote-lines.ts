import type { VotePreview } from "../operations/preview-vote.ts";
import type { ProposalVote } from "../operations/proposal-approvals.ts";
import type { VoteTaken } from "../operations/vote-proposal.ts";
import type { GateResult } from "../proposal/gate-report.ts";
import { said } from "./said.ts";

const line = (label: string, text: string): string => `${label.padEnd(9)} ${text}`;
const marks = { passed: "✓", failed: "✗", "not-needed": "-" } as const;

/** What is about to be signed: what is certain first (paths that raise it, trees, gates), then the words of whoever proposed it. */
export function voteLines({ proposal, needs, target, report, votes, lacking }: VotePreview): string[] {
  const { risk, needed, why } = needs;
  const { id, base, head, tree, changes, title, proposer } = proposal;
  return [
    line("proposal", `${id}  ${risk.kinds.join(", ")}  class ${needed?.class ?? risk.class}  ${needed === undefined ? "denied" : takes[needed.effect]}`),
    ...why.slice(0, 20).map((each) => line("raises", said(each))),
    line("changes", `${changes.length} ${changes.length === 1 ? "path" : "paths"}: ${said(changes.map(({ path }) => path).join(", "))}`),
    line("lands on", `${said(target, 100)}  base ${base.slice(0, 10)} → head ${head.slice(0, 10)}`),
    line("tree", tree),
    ...(report === undefined
      ? [line("gates", "were not asked, or did not pass")]
      : [
          line("gates", `sha256:${report.digest}${report.from === "answers" ? "  from the answers that count" : ""}`),
          ...report.report.gates.map((gate) => gateLine(gate)),
        ]),
    ...votes.map((vote) => voteLine(vote)),
    ...(lacking === undefined ? [] : [line("needs", said(lacking))]),
    line("proposer", `${proposer.kind} ${said(proposer.name, 80)}, in their words:`),
    line("title", said(title)),
  ];
}

export function gateLine({ gate, verdict, summary }: GateResult): string {
  return line("", `${marks[verdict] ?? "?"} ${said(gate, 20).padEnd(10)} ${said(summary, 100)}`);
}

/** One answer: who, how, and whether it counts. */
export function voteLine({ who, how, fingerprint, vote, note, counts, why }: Omit<ProposalVote, "statement">): string {
  const key = fingerprint === undefined ? "" : `  ${said(fingerprint, 60)}`;
  const verdict = counts ? "" : `  does not count: ${said(why ?? "")}`;
  return line(counts ? vote : "answer", `${counts ? "" : `${vote} by `}${said(who, 80)}  ${how}${key}${verdict}${note === "" ? "" : `  “${said(note, 120)}”`}`);
}

export function takenLines({ proposal, head, vote, who, how, fingerprint, gates, state, lacking }: VoteTaken): { data: string[]; words: string[] } {
  const by = how === "signed" ? `${said(who, 80)} (${said(fingerprint ?? "", 60)})` : `${said(who, 80)}, unsigned`;
  const over = `over head ${head.slice(0, 10)}${gates === null ? "" : `, gates ${gates.slice(0, 10)}`}`;
  const next = {
    approved: line("next", `agentctl proposal land ${proposal}`),
    open: line("waits", `for ${said(lacking ?? "others")}     agentctl proposal push ${proposal}`),
    rejected: line("closed", `${proposal} is rejected; another one can be proposed`),
    denied: line("denied", `${proposal} may not land`),
  }[state];
  return { data: [line(vote === "approve" ? (how === "signed" ? "signed" : "approved") : "rejected", `${proposal}  by ${by}  ${over}`)], words: [next] };
}

const takes = { approve: "takes one approval", "two-key": "takes two people with their keys" };
