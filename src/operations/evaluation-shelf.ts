import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { AgentctlError } from "../base/errors.ts";
import type { Finding } from "../base/finding.ts";
import { nearest } from "../base/suggest.ts";
import { readEvaluations, type EvaluationsRead } from "../evaluation/check.ts";
import { evaluationBounds, type Evaluation, type EvaluationFile } from "../evaluation/evaluation.ts";
import { evaluationsRoom } from "../evaluation/read-evaluation.ts";
import { readFolder } from "../scan/folder.ts";
import type { Authority } from "./load-authority.ts";

/** Every evaluation of a commit. What is no plain file is an error, and not followed. */
export async function committedEvaluations({ repository, commit }: Pick<Authority, "repository" | "commit">): Promise<EvaluationsRead> {
  const entries = await repository.listTree(commit, evaluationsRoom);
  const odd = entries.filter(({ mode }) => mode !== "100644" && mode !== "100755").map(({ path }) => notPlain(path));
  const read = odd.length > 0 ? { evaluations: [], names: [], findings: [] } : readEvaluations(await repository.readTree(commit, evaluationsRoom));
  return { ...read, findings: [...odd, ...read.findings] };
}

/** Every evaluation of the working tree, which is a draft. */
export async function workingEvaluations(root: string): Promise<EvaluationsRead> {
  const room = join(root, evaluationsRoom);
  if (lstatSync(room, { throwIfNoEntry: false })?.isDirectory() !== true) return { evaluations: [], names: [], findings: [] };
  const findings: Finding[] = [];
  const files: EvaluationFile[] = [];
  for (const entry of readdirSync(room, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = `${evaluationsRoom}/${entry.name}`;
    if (entry.isFile()) files.push({ path, data: Buffer.alloc(0) });
    else if (!entry.isDirectory()) findings.push(notPlain(path));
    else {
      const { files: evaluationFiles, bytes: totalBytes } = evaluationBounds;
      const found = await readFolder(join(room, entry.name), path, { files: evaluationFiles, totalBytes });
      findings.push(...found.findings);
      files.push(...found.files.map((file) => ({ path: `${path}/${file.path}`, data: file.data })));
    }
  }
  const read = readEvaluations(files);
  return { ...read, findings: [...findings, ...read.findings] };
}

/** The evaluation of this name. Errors (exit usage): `evaluation/unknown` with the nearest name, `evaluation/broken`. */
export function requireEvaluation({ evaluations, names }: EvaluationsRead, name: string): Evaluation {
  const found = evaluations.find((each) => each.name === name);
  if (found !== undefined) return found;
  if (names.includes(name))
    throw new AgentctlError("evaluation/broken", `the evaluation ${name} cannot be used`, { hint: `agentctl evaluation check ${name}`, exit: "usage" });
  const near = nearest(name, names);
  throw new AgentctlError("evaluation/unknown", `there is no evaluation ${JSON.stringify(name.slice(0, 80))}`, {
    hint: near === undefined ? "agentctl evaluation" : `did you mean ${near}?`,
    exit: "usage",
  });
}

function notPlain(file: string): Finding {
  return { rule: "evaluation/not-a-plain-file", level: "error", message: "it is no plain file", file, hint: "put a copy of the file in its place" };
}
