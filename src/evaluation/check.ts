import type { Finding } from "../base/finding.ts";
import type { Evaluation, EvaluationFile } from "./evaluation.ts";
import { evaluationsRoom, readEvaluation } from "./read-evaluation.ts";

export interface EvaluationsRead {
  /** Those that can judge, by name. */
  evaluations: Evaluation[];
  /** Names of all folders, also of those that cannot. */
  names: string[];
  findings: Finding[];
}

const folderPattern = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** Every evaluation among files of a tree; what lies elsewhere is not looked at. Paths are those of the workspace. */
export function readEvaluations(files: readonly EvaluationFile[]): EvaluationsRead {
  const below = new Map<string, EvaluationFile[]>();
  const findings: Finding[] = [];
  for (const { path, data } of files) {
    const [room, folder, ...rest] = path.split("/");
    if (room !== evaluationsRoom || folder === undefined) continue;
    if (rest.length === 0) {
      if (folder !== "README.md")
        findings.push({ rule: "evaluation/stray", level: "warning", message: "it lies beside the evaluations and is none", file: path });
      continue;
    }
    below.set(folder, [...(below.get(folder) ?? []), { path: rest.join("/"), data }]);
  }
  const evaluations: Evaluation[] = [];
  const names = [...below.keys()].toSorted();
  for (const name of names) {
    if (!folderPattern.test(name) || name.length > 64) {
      const file = `${evaluationsRoom}/${name}`;
      findings.push({ rule: "evaluation/name", level: "error", message: `${JSON.stringify(name.slice(0, 80))} cannot name an evaluation`, file });
      continue;
    }
    const read = readEvaluation(name, below.get(name) ?? []);
    findings.push(...read.findings);
    if (read.evaluation !== undefined) evaluations.push(read.evaluation);
  }
  return { evaluations, names, findings };
}

/** What is wrong with the evaluations among these files. Runs nothing. */
export function checkEvaluations(files: readonly EvaluationFile[]): Finding[] {
  return readEvaluations(files).findings;
}
