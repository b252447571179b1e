import { safeText } from "../base/safe-text.ts";
import type { Analysis, ImproveResult } from "../operations/improve.ts";
import type { ImproveDraft } from "../operations/improve-draft.ts";
import type { ExitName } from "../base/errors.ts";
import { endOf } from "./command.ts";
import { paint } from "./paint.ts";
import { count } from "./quantity.ts";

const causesShown = 12;

const safe = (text: string): string => safeText(text, { oneLine: true });

/** What the record says, for people: causes with what is done about each. */
export function analysisLines({ since, questions, opportunities, analysis }: Analysis): string[] {
  const rows = questions.reduce((sum, question) => sum + question.rows, 0);
  const head = `asked      ${count(questions.length, "question")} since ${since}, ${count(rows, "row")}     ${analysis.file}`;
  if (opportunities.length === 0) return [head, "found      nothing to improve"];
  const width = Math.max(...opportunities.slice(0, causesShown).map(({ about }) => safe(about).length));
  return [
    head,
    `found      ${count(opportunities.length, "cause")}`,
    ...opportunities.slice(0, causesShown).map(({ opportunity, kind, about, count: times, state, why, cause }) => {
      const stated = state === "chosen" ? paint("green", state.padEnd(7)) : state.padEnd(7);
      return `  ${opportunity}  ${stated}  ${kind.padEnd(9)}  ${safe(about).padEnd(width)}  ${times}×  “${safe(cause).slice(0, 60)}”${state === "chosen" ? "" : `  ${safe(why)}`}`;
    }),
    ...(opportunities.length > causesShown ? [`  … and ${opportunities.length - causesShown} more`] : []),
  ];
}

/** How a draft ended, and what became of what was drafted. */
export function draftLines({ opportunity, run, outcome, why, waitsFor, proposals }: ImproveDraft): string[] {
  return [
    ...(outcome === "ok" || (why === undefined && proposals.length > 0)
      ? []
      : [
          `${paint(outcome === "waiting" ? "yellow" : "red", outcome.padEnd(10))} ${opportunity}: ${safe(why ?? "the agent did not finish")}     agentctl run show ${run}`,
        ]),
    ...waitsFor.map((approval) => `waits for  agentctl approval show ${approval}     then agentctl run resume ${run} && agentctl improve`),
    ...proposals.flatMap(({ proposal, title, outcome: became, why: because, touchesMore }) => [
      became === "proposed"
        ? `${paint("green", "proposed  ")} ${proposal}  “${safe(title)}”     agentctl proposal show ${proposal}`
        : `${became.padEnd(10)} ${proposal}  “${safe(title)}”  ${safe(because ?? "")}`,
      ...(touchesMore.length === 0
        ? []
        : [
            `${paint("yellow", "warn      ")} it touches more than asked: ${touchesMore.slice(0, 5).map(safe).join(", ")}${touchesMore.length > 5 ? " …" : ""}`,
          ]),
    ]),
  ];
}

/** How the command ends: a proposal, or nothing to do, is 0; a draft that was refused, or gates that failed, 6. */
export function improveEnd({ outcome, drafts }: Pick<ImproveResult, "outcome" | "drafts">): ExitName {
  const refused = drafts.some(({ proposals }) => proposals.some((proposal) => proposal.outcome === "refused"));
  const failed = drafts.some(({ gates }) => gates.some(({ passed }) => !passed));
  return (outcome === "ok" || outcome === "failed") && (refused || failed) ? "findings" : endOf(outcome);
}
