import type { VerifiedProposal, VerifiedVote } from "../operations/verify-proposal.ts";
import { said } from "./said.ts";

const line = (label: string, text: string): string => `${label.padEnd(9)} ${text}`;
const marks = { passed: "✓", failed: "✗", "not-needed": "-" } as const;

/** Who approved what, when, on what evidence; the verdict comes last. */
export function verifiedLines(found: VerifiedProposal): string[] {
  const { proposal, title, proposer, target, base, head, tree, policy, class: riskClass, effect, landed, votes, problems, gates, verdict, reasons } = found;
  return [
    line("proposal", `${proposal}  class ${riskClass}  ${effect}  on ${said(target, 100)}`),
    line("title", `${said(title, 120)}  (of ${proposer.kind} ${said(proposer.name, 80)})`),
    line("change", `base ${base.slice(0, 10)} → head ${head.slice(0, 10)}  tree ${tree}`),
    ...(landed === undefined ? [] : [line("landed", `${landed.commit}  ${landed.at}`)]),
    line("judged by", `policies and signers of ${policy.slice(0, 10)}`),
    ...(gates === undefined
      ? []
      : [
          line("gates", `sha256:${gates.digest}`),
          ...gates.results.map(({ gate, verdict: result, summary }) => line("", `${marks[result] ?? "?"} ${said(gate, 20).padEnd(10)} ${said(summary, 100)}`)),
        ]),
    ...votes.flatMap((vote) => answerLines(vote)),
    ...problems.map((problem) => line("left", said(problem))),
    ...reasons.map((reason) => line(verdict === "waits" ? "waits" : "why", said(reason))),
    line(verdict, verdicts[verdict]),
  ];
}

function answerLines({ who, how, fingerprint, vote, note, counts, why, received, by, issued, audit }: VerifiedVote): string[] {
  const key = fingerprint === undefined ? "" : `  ${said(fingerprint, 60)}`;
  return [
    line(vote, `${said(who, 80)}  ${how}${key}${note === "" ? "" : `  “${said(note, 120)}”`}`),
    line(
      "",
      `received ${received} (${times[by]}), says issued ${said(issued, 40)}${audit === null ? "" : `, witness of ${said(audit.run, 40)} up to record ${audit.seq}`}`,
    ),
    ...(counts ? [] : [line("", `does not count: ${said(why ?? "")}`)]),
  ];
}

const times = { record: "by the record of this machine", merge: "by the time of the merge", now: "now, since this machine has no record of it" };
const verdicts = {
  holds: "people who may, have approved exactly this",
  waits: "nothing is wrong with it; it is not approved yet",
  fails: "it is not what people approved",
};
