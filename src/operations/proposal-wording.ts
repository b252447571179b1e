import type { EventData, EventKind } from "../event/events.ts";
import { counted, duration, joined, named, said, short } from "./timeline-words.ts";

type Kind = Exclude<Extract<EventKind, `${"proposal" | "landing" | "improve" | "autonomy"}.${string}`>, "proposal.drafted">;

/** Words for changes on their way to the protected branch. */
export const proposalWording: { [K in Kind]: (data: EventData[K]) => string } = {
  "proposal.opened": ({ proposal, title, kinds, proposer, base, head, files }) =>
    joined([
      `${named(proposal)}  ${said(title)}`,
      kinds.map(named).join(", "),
      `by ${proposer.kind} ${named(proposer.name)}`,
      `${short(base)} → ${short(head)}`,
      counted(files.length, "file"),
    ]),
  "proposal.gated": ({ proposal, passed, gates, durationMs, digest }) =>
    joined([
      `${named(proposal)}  ${passed ? "passed" : `failed: ${gates.flatMap(({ gate, verdict }) => (verdict === "failed" ? [named(gate)] : [])).join(", ")}`}`,
      `report ${short(digest)}`,
      duration(durationMs),
    ]),
  "proposal.voted": ({ proposal, who, how, vote, note, received }) =>
    joined([`${named(proposal)}  ${vote} by ${named(who)}`, how, received === true && "received", note !== undefined && said(note)]),
  "proposal.closed": ({ proposal, state, by, reason, proposer, own }) =>
    joined([`${named(proposal)}  ${state} by ${named(by)}${proposer === undefined || own === true ? "" : `, of ${named(proposer)}`}`, said(reason)]),
  "landing.started": ({ proposal, action, target, from, to, approvals }) =>
    joined([`${action} ${named(proposal)}`, `${named(target)} ${short(from)} → ${short(to)}`, counted(approvals.length, "approval")]),
  "landing.finished": ({ proposal, action, outcome, to, found }) =>
    joined([`${action} ${named(proposal)}  ${outcome}`, short(to), found === true && "found out after a crash"]),
  "improve.analysed": ({ opportunities, chosen }) => joined([counted(opportunities.length, "opportunity").replace("ys", "ies"), `${chosen} chosen`]),
  "autonomy.lowered": ({ agent, class: risk, from, to, breach }) => joined([`${named(agent)}  class ${risk}: level ${from} → ${to}`, said(breach)]),
};
