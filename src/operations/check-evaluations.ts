import type { Finding } from "../base/finding.ts";
import { reportPassed, type Report } from "../base/report.ts";
import { evaluationFile, evaluationsRoom } from "../evaluation/read-evaluation.ts";
import { findWorkspace } from "../workspace/find.ts";
import { requireEvaluation, workingEvaluations } from "./evaluation-shelf.ts";
import { version } from "./version.ts";

export interface EvaluationRow {
  name: string;
  about: string | null;
  target: { kind: string; name: string } | null;
  cases: number | null;
  digest: string | null;
  /** Why it cannot be used. */
  problem: string | null;
}

/** The evaluations on disk, by name, also those that cannot be used. */
export async function listEvaluations(asked: { cwd: string; env: NodeJS.ProcessEnv }): Promise<EvaluationRow[]> {
  const { evaluations, names, findings } = await workingEvaluations(findWorkspace(asked.cwd, asked.env).root);
  return names.map((name) => {
    const found = evaluations.find((each) => each.name === name);
    if (found === undefined) return { name, about: null, target: null, cases: null, digest: null, problem: of(findings, name)[0]?.message ?? "unknown" };
    const { about, target, cases, digest } = found;
    return { name, about, target, cases: cases.length, digest, problem: null };
  });
}

export interface EvaluationsChecked {
  report: Report;
  passed: boolean;
}

/** Checks evaluations on disk without asking them. Without names, all. `strict`: a warning is an error too. Error: `evaluation/unknown`. */
export async function checkWorkingEvaluations(asked: {
  cwd: string;
  env: NodeJS.ProcessEnv;
  names: readonly string[];
  strict: boolean;
}): Promise<EvaluationsChecked> {
  const read = await workingEvaluations(findWorkspace(asked.cwd, asked.env).root);
  for (const name of asked.names) if (!read.names.includes(name)) requireEvaluation(read, name);
  const level = (finding: Finding): Finding => (asked.strict && finding.level === "warning" ? { ...finding, level: "error" } : finding);
  const checks = (asked.names.length > 0 ? asked.names : read.names).map((name) => ({
    name,
    file: `${evaluationsRoom}/${name}/${evaluationFile}`,
    findings: of(read.findings, name).map(level),
  }));
  const stray = read.findings.filter(({ file = "" }) => !read.names.some((name) => isBelow(file, name)));
  if (asked.names.length === 0 && stray.length > 0) checks.unshift({ name: evaluationsRoom, file: evaluationsRoom, findings: stray.map(level) });
  const report = { tool: "agentctl evaluation check", version, checks };
  return { report, passed: reportPassed(report) };
}

function of(findings: readonly Finding[], name: string): Finding[] {
  return findings.filter(({ file = "" }) => isBelow(file, name));
}

function isBelow(file: string, name: string): boolean {
  return file === `${evaluationsRoom}/${name}` || file.startsWith(`${evaluationsRoom}/${name}/`);
}
