import type { ShownChange, ShownProposal } from "../operations/show-proposal.ts";
import { shownText, type DiffLine } from "../proposal/file-diff.ts";
import { inLines } from "./marked-lines.ts";
import { timeLeft } from "./approval-lines.ts";
import { labelled, needsLines } from "./proposal-lines.ts";
import { gateLine, voteLine } from "./proposal-vote-lines.ts";
import { said } from "./said.ts";

export interface ShowOptions {
  /** All lines of all files. */
  full?: boolean;
  /** Paths and counts only. */
  stat?: boolean;
  width?: number | undefined;
}

const bounds = { paths: 100, lines: 300, fileLines: 120 };

/** What is certain first; then the words of whoever proposed it, marked as such; then the change, what raises it first; then gates and answers. */
export function proposalLines(shown: ShownProposal, options: ShowOptions = {}): string[] {
  const { proposal, standing, needs, target, ageMs, evidence, gates, votes, lacking, problems } = shown;
  const { risk, needed } = needs;
  const width = options.width ?? 0;
  const own = (label: string, text: string): string[] => inLines(`${label.padEnd(9)} proposer│ `, text, width);
  const ended = [standing.closedBy === undefined ? "" : `by ${said(standing.closedBy, 60)}`, standing.reason === undefined ? "" : said(standing.reason)];
  return [
    labelled(
      "proposal",
      `${proposal.id}  ${standing.state}${ended
        .filter((word) => word !== "")
        .map((word) => `  ${word}`)
        .join("")}  ${timeLeft(ageMs)} old`,
    ),
    labelled(
      "changes",
      `${risk.kinds.join(", ")} · class ${needed?.class ?? risk.class} · ${shown.changes.length} ${shown.changes.length === 1 ? "path" : "paths"}`,
    ),
    labelled(
      "by",
      `${proposal.proposer.kind} ${said(proposal.proposer.name, 80)}${proposal.run === undefined ? "" : ` in ${said(proposal.run, 60)}`} · because of ${said(proposal.triggeredBy, 80)}`,
    ),
    labelled("author", `${said(proposal.author.name, 60)} <${said(proposal.author.email, 80)}>, as the commit says`),
    labelled("lands on", `${said(target, 100)} · base ${proposal.base.slice(0, 10)} → head ${proposal.head.slice(0, 10)} · tree ${proposal.tree.slice(0, 10)}`),
    ...needsLines(needs),
    "",
    "Every line marked proposer│ was written by whoever proposed it, and decides nothing:",
    ...own("title", said(proposal.title)),
    ...proposal.rationale.split("\n").flatMap((line) => own("", shownText(line))),
    "",
    ...changeLines(shown.changes, options),
    "",
    ...evidence.map(({ id, found }) =>
      labelled("evidence", `${said(id, 120)}${found === undefined ? "" : found ? "  in this record" : "  not in this record"}`),
    ),
    ...(gates === undefined
      ? [labelled("gates", "were not asked about this head")]
      : [
          labelled(
            "gates",
            `sha256:${gates.digest.slice(0, 16)}  from ${gates.from === "record" ? "this record" : "the answers"}${gates.problem === undefined ? "" : `  does not count: ${said(gates.problem)}`}`,
          ),
          ...gates.gates.map((gate) => gateLine(gate)),
        ]),
    ...votes.map((vote) => voteLine(vote)),
    ...problems.map((problem) => labelled("odd", said(problem))),
    ...lacking.map((each) => labelled("lacks", said(each))),
  ];
}

const marks = { approve: " ", "two-key": "!", deny: "✗" } as const;

function changeLines(changes: readonly ShownChange[], { full = false, stat = false, width = 0 }: ShowOptions): string[] {
  const listed = full ? changes : changes.slice(0, bounds.paths);
  const lines: string[] = [];
  let left = full ? Number.POSITIVE_INFINITY : bounds.lines;
  for (const change of listed) {
    const { path, what, effect, diff } = change;
    const size = diff.kind === "text" ? `+${diff.added} -${diff.removed}` : diff.kind === "binary" ? "binary, not shown" : "too large to be shown";
    lines.push(`${marks[effect]} ${shownText(said(path, 400))}  ${what}  ${size}`);
    if (stat) continue;
    const most = full ? diff.lines.length : Math.min(left, bounds.fileLines);
    const shown = diff.lines.slice(0, most);
    left -= shown.length;
    lines.push(...shown.flatMap((line) => inLines(signs[line.sign], line.text, width)));
    if (shown.length < diff.lines.length) lines.push(`    … ${diff.lines.length - shown.length} more lines; --full shows all of it`);
  }
  if (listed.length < changes.length) lines.push(`… and ${changes.length - listed.length} more paths, none of which takes more than those above; --full`);
  return lines;
}

const signs: Readonly<Record<DiffLine["sign"], string>> = { " ": "    │ ", "+": "  + │ ", "-": "  - │ ", "@": "  @ │ " };
