import type { Report } from "../base/report.ts";
import { safeText } from "../base/safe-text.ts";
import type { CaseVerdict } from "../evaluation/judge.ts";
import { evaluationFile, evaluationsRoom } from "../evaluation/read-evaluation.ts";
import type { EvaluationRow } from "../operations/check-evaluations.ts";
import type { RunEvaluationResult } from "../operations/run-evaluation.ts";
import { clip } from "./clip.ts";
import { table } from "./table.ts";

/** The list of evaluations as lines. */
export function evaluationList(rows: readonly EvaluationRow[]): string[] {
  const shown = rows.map(({ name, target, cases, about, problem }) => ({
    name: said(name),
    target: target === null ? "" : said(`${target.kind} ${target.name}`),
    cases: cases ?? "",
    about: clip(said(problem === null ? (about ?? "") : `broken: ${problem}`), 80),
  }));
  return table(shown, ["name", "target", "cases", "about"]);
}

/** One line a case. */
export function caseLines(cases: readonly CaseVerdict[]): string[] {
  return cases.map(({ name, passed, why }) => `${passed ? "passed" : "failed"}  ${said(name)}${why === undefined ? "" : `: ${said(why)}`}`);
}

/** How it ended, in one line. */
export function evaluationEnd({ evaluation, target, cases, passed, outcome }: RunEvaluationResult): string {
  if (cases === undefined) return `${outcome}  ${evaluation}: not asked`;
  const good = cases.filter((each) => each.passed).length;
  return `${passed ? "passed" : "failed"}  ${evaluation}: ${good} of ${cases.length} cases of the ${target.kind} ${target.name}`;
}

/** As every report format takes it. */
export function evaluationReport({ evaluation, cases = [] }: RunEvaluationResult, version: string): Report {
  const file = `${evaluationsRoom}/${evaluation}/${evaluationFile}`;
  return {
    tool: "agentctl evaluation run",
    version,
    checks: cases.map(({ name, passed, why }) => ({
      name,
      file,
      findings: passed ? [] : [{ rule: "evaluation/case", level: "error", message: `${name}: ${why ?? "it fails"}`, file }],
    })),
  };
}

function said(text: string): string {
  return safeText(text, { oneLine: true });
}
