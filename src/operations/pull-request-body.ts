import { codeBlock, codeCell, codeSpan } from "../base/markdown.ts";
import { safeText } from "../base/safe-text.ts";
import { gateNames, type GateReport } from "../proposal/gate-report.ts";
import type { Proposal } from "../proposal/proposal.ts";
import type { ProposalApprovals } from "./proposal-approvals.ts";

export interface PullRequestFacts {
  proposal: Proposal;
  approvals: Pick<ProposalApprovals, "needs" | "state" | "lacking" | "votes">;
  /** Of exactly this change; undefined where the gates were not asked here. */
  gates?: { report: GateReport; digest: string } | undefined;
  /** Branch that it lands on. */
  target: string;
}

const listedMax = 40;

/** Text of others in it, on one line and cut: a title of GitHub renders almost nothing. */
export function pullRequestTitle({ id, title }: Pick<Proposal, "id" | "title">): string {
  // A mention in a title becomes one in the commit that a person squashes it to.
  const shown = safeText(title.toWellFormed(), { oneLine: true }).replaceAll("@", "«U+0040»").trim();
  return `${id}: ${[...shown].slice(0, 160).join("")}`;
}

/**
 * What a reviewer reads of a proposal: first what raises what it takes, then what the gates said, and last what its proposer wrote, marked as such. Everything that
 * others wrote stands as code.
 */
export function pullRequestBody({ proposal, approvals, gates, target }: PullRequestFacts): string {
  const { id, proposer, rationale, evidence, changes, head, base, tree } = proposal;
  const { needs, lacking, state } = approvals;
  const { risk, needed } = needs;
  const keys =
    needed === undefined ? "**nobody can agree to it: it is denied**" : needed.effect === "two-key" ? "**two people with their keys**" : "one person";
  return [
    `<!-- ${marker(id)} -->`,
    `**agentctl proposal ${id}** changes ${risk.kinds.join(", ") || "nothing"} (class ${needed?.class ?? risk.class}) and takes ${keys}.`,
    "",
    ...(needs.why.length === 0 ? [] : ["### What raises it", "", ...listed(needs.why), ""]),
    "### What was looked at",
    "",
    `| | |`,
    `|---|---|`,
    `| head | \`${head}\` |`,
    `| base | \`${base}\`, of ${codeCell(target)} |`,
    `| tree | \`${tree}\` |`,
    `| files | ${changes.length} |`,
    "",
    ...gateLines(id, gates),
    "",
    `### What ${proposer.kind === "agent" ? "the agent" : ""} ${codeSpan(proposer.name, 80)} says of it`.replace("  ", " "),
    "",
    "Written by the proposer; nobody has checked it.",
    "",
    codeBlock(`${proposal.title}\n\n${rationale}`),
    "",
    ...(evidence.length === 0 ? [] : ["Evidence that it names:", "", ...listed(evidence), ""]),
    "### Answers",
    "",
    `State: ${state}${lacking === undefined ? "" : `, needs ${lacking}`}.`,
    "",
    "```sh",
    `agentctl proposal fetch ${id}      # the branch and the answers to it`,
    `agentctl proposal show ${id}       # the change as this machine sees it`,
    `agentctl proposal approve ${id}    # signed with your key; or: reject`,
    `agentctl proposal push ${id}       # brings your answer here`,
    `agentctl proposal land ${id}       # when it has what it needs`,
    "```",
    "",
    "Do not merge it with the button: only `proposal land` asks gates and answers once more and keeps on record what it landed by.",
  ].join("\n");
}

/** The comment that the body begins with; a pull request without it is nobody's of ours. */
export function marker(id: string): string {
  return `agentctl:proposal ${id}`;
}

function listed(texts: readonly string[]): string[] {
  const lines = texts.slice(0, listedMax).map((text) => `- ${codeSpan(text, 300)}`);
  return texts.length <= listedMax ? lines : [...lines, `- and ${texts.length - listedMax} more`];
}

/** The table of the gates, also for the comment of a check. */
export function gateLines(id: string, gates: PullRequestFacts["gates"]): string[] {
  if (gates === undefined) return ["### Gates", "", `They have not been asked about this commit here: \`agentctl proposal gate ${id}\``];
  const marks = { passed: "✅ passed", failed: "❌ failed", "not-needed": "– not needed" };
  return [
    "### Gates",
    "",
    "| gate | verdict | what |",
    "|---|---|---|",
    ...gates.report.gates.map(
      ({ gate, verdict, summary }) => `| ${gateNames.includes(gate) ? gate : codeCell(gate, 40)} | ${marks[verdict]} | ${codeCell(summary, 300)} |`,
    ),
    "",
    `Report \`${gates.digest}\`, which is what people sign.`,
  ];
}
