import { AgentctlError } from "../base/errors.ts";
import { safeText } from "../base/safe-text.ts";
import type { Proposal } from "./proposal.ts";

export type Words = Pick<Proposal, "id" | "title" | "rationale" | "proposer" | "run" | "triggeredBy" | "evidence">;

const idShape = /^p-[0-9a-hjkmnp-tv-z]{4,32}$/;
const names = { id: "Proposal-Id", run: "Run-Id", proposer: "Proposed-By", triggeredBy: "Triggered-By", evidence: "Evidence" } as const;
export const wordBounds = { title: 100, rationale: 8_000, evidence: 50, line: 200 };

/** Whether a text is an id of a proposal; nothing else becomes part of a ref. */
export function isProposalId(text: string): boolean {
  return idShape.test(text);
}

/**
 * The commit's message: title, rationale, trailers. What would act on a terminal or hide is shown as «U+XXXX», and no line of the rationale can be taken for a
 * trailer. Error `proposal/bad-words` (usage).
 */
export function writeMessage({ id, title, rationale, proposer, run, triggeredBy, evidence }: Words): string {
  const line = (text: string): string => safeText(text.trim(), { oneLine: true }).slice(0, wordBounds.line);
  const subject = line(title);
  if (subject === "" || [...subject].length > wordBounds.title) throw bad(`the title has to be one line of at most ${wordBounds.title} characters`);
  const body = safeText(rationale.trim()).slice(0, wordBounds.rationale);
  if (body === "") throw bad("a rationale has to be given");
  if (!isProposalId(id)) throw bad(`${JSON.stringify(id)} is no id of a proposal`);
  const quoted = body.split("\n").map((each) => (/^[A-Za-z-]+:/.test(each) ? ` ${each}` : each.trimEnd()));
  const trailers = [
    `${names.id}: ${id}`,
    ...(run === undefined ? [] : [`${names.run}: ${line(run)}`]),
    `${names.proposer}: ${proposer.kind} ${line(proposer.name)}`,
    `${names.triggeredBy}: ${line(triggeredBy)}`,
    ...evidence.slice(0, wordBounds.evidence).map((each) => `${names.evidence}: ${line(each)}`),
  ];
  return `${subject}\n\n${quoted.join("\n")}\n\n${trailers.join("\n")}\n`;
}

/** Reads it back; only the last paragraph holds trailers. What somebody wrote by hand is taken as far as it goes; undefined where it names no proposal. */
export function readMessage(message: string): Words | undefined {
  const paragraphs = message
    .replaceAll("\r\n", "\n")
    .trimEnd()
    .split(/\n{2,}/);
  const trailers = (paragraphs.length > 1 ? (paragraphs.at(-1) ?? "") : "").split("\n").flatMap((text) => {
    const [, name, value] = /^([A-Za-z-]+): (.*)$/.exec(text) ?? [];
    return name === undefined || value === undefined ? [] : [{ name: name.toLowerCase(), value: value.trim() }];
  });
  const all = (name: string): string[] => trailers.filter((trailer) => trailer.name === name.toLowerCase()).map(({ value }) => value);
  const [id, ...others] = all(names.id);
  if (id === undefined || others.length > 0 || !isProposalId(id)) return undefined;
  const [, kind, name] = /^(person|agent) (.+)$/.exec(all(names.proposer)[0] ?? "") ?? [];
  const [run] = all(names.run);
  return {
    id,
    title: paragraphs[0]?.replaceAll("\n", " ") ?? "",
    rationale: paragraphs.slice(1, -1).join("\n\n"),
    proposer: { kind: kind === "agent" ? "agent" : "person", name: name ?? "unknown" },
    ...(run !== undefined && { run }),
    triggeredBy: all(names.triggeredBy)[0] ?? "",
    evidence: all(names.evidence),
  };
}

function bad(why: string): AgentctlError {
  return new AgentctlError("proposal/bad-words", why, { hint: "agentctl propose --help", exit: "usage" });
}
