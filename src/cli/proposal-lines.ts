import type { DecidedRun } from "../operations/decided-action.ts";
import type { ProposalList, ProposalSummary } from "../operations/list-proposals.ts";
import type { ProposalNeeds } from "../operations/proposal-needs.ts";
import type { Proposed } from "../operations/propose-change.ts";
import { timeLeft } from "./approval-lines.ts";
import { clip } from "./clip.ts";
import { said } from "./said.ts";
import { budgetLines, showDecision } from "./skill-run.ts";
import { table } from "./table.ts";

export function labelled(label: string, text: string): string {
  return `${label.padEnd(9)} ${text}`;
}

const pathsShown = 20;

/** What was made of a person's files or of a draft, or would be. */
export function proposedLines(made: Proposed): { data: string[]; words: string[] } {
  const { proposal, title, proposer, paths, base, head, needs, already, run, decision, budget } = made;
  if (proposal === undefined && run !== undefined && decision !== undefined) return { data: [], words: endedLines({ run, decision, budget }) };
  const from = head === undefined ? `on ${base?.slice(0, 10) ?? ""}` : `${base?.slice(0, 10) ?? ""} → ${head.slice(0, 10)}`;
  const risk = needs === undefined ? "" : `${needs.risk.kinds.join(", ")} · class ${needs.needed?.class ?? needs.risk.class} · `;
  return {
    data: [
      labelled(proposal === undefined ? "would be" : already === true ? "is there" : "proposed", `${proposal ?? "a proposal"}  ${said(title, 100)}`),
      labelled("", `${risk}by ${proposer.kind} ${said(proposer.name, 60)} · ${from}`),
      ...paths.slice(0, pathsShown).map((path) => labelled("", said(path, 120))),
      ...(paths.length > pathsShown ? [labelled("", `and ${paths.length - pathsShown} more`)] : []),
    ],
    words: [
      ...(needs === undefined ? [] : needsLines(needs)),
      ...(proposal === undefined ? [] : [labelled("next", `agentctl proposal gate ${proposal}     agentctl proposal show ${proposal}`)]),
    ],
  };
}

/** What it takes to land, and what raises it. */
export function needsLines({ needed, why }: Omit<ProposalNeeds, "decisions">): string[] {
  const takes = needed === undefined ? "it may not land at all" : needed.effect === "two-key" ? "two people with their keys" : "one approval of somebody else";
  return [labelled("needs", takes), ...why.slice(0, pathsShown).map((each) => labelled("because", said(each)))];
}

const takes = { approve: "1 approval", "two-key": "2 keys", deny: "may not land" } as const;

/** A line a proposal; what a proposer wrote is one safe, short cell. */
export function proposalRows({ proposals }: ProposalList): string[] {
  const rows = proposals.map(({ proposal, ageMs, state, kinds, class: riskClass, needs, files, proposer, title }: ProposalSummary) => ({
    proposal,
    age: timeLeft(ageMs),
    state,
    kinds: clip(kinds.join(", "), 32),
    class: riskClass,
    needs: state === "open" || state === "stale" ? takes[needs] : "",
    files: String(files),
    proposer: said(`${proposer.kind} ${proposer.name}`, 32),
    title: said(title, 60),
  }));
  return table(rows, ["proposal", "age", "state", "kinds", "class", "needs", "files", "proposer", "title"]);
}

/** Branches that are no proposals, and why. */
export function unreadableLines({ unreadable }: ProposalList): string[] {
  return unreadable.slice(0, pathsShown).map(({ ref, why }) => labelled("odd", `${said(ref, 100)}  ${said(why)}`));
}

/** Why an action did not begin: policy, or a budget. */
export function endedLines({ run, decision, budget }: Pick<DecidedRun<never>, "run" | "decision" | "budget">): string[] {
  return budget === undefined ? showDecision(run, decision) : budgetLines(budget);
}
