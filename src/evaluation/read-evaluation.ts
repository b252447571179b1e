import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import { readYaml, type YamlDocument } from "../base/document.ts";
import type { Finding } from "../base/finding.ts";
import { checkDocument } from "../base/json-schema.ts";
import { compilePattern } from "../base/pattern.ts";
import { evaluationBounds, type Evaluation, type EvaluationFile, type TargetKind } from "./evaluation.ts";
import { evaluationSchema } from "./schema.ts";

export const evaluationFile = "evaluation.yaml";
/** For every evaluation of a workspace. */
export const evaluationsRoom = "evaluations";

export interface EvaluationRead {
  /** Absent when something keeps it from judging. */
  evaluation?: Evaluation | undefined;
  findings: Finding[];
}

/** Reads one evaluation from the files of its folder (paths relative to it). Never throws for bad input: errors among the findings mean that there is none. */
export function readEvaluation(folder: string, files: readonly EvaluationFile[]): EvaluationRead {
  const path = `${evaluationsRoom}/${folder}/${evaluationFile}`;
  const error = (rule: string, message: string, hint?: string): Finding => ({ rule: `evaluation/${rule}`, level: "error", message, file: path, hint });
  const sizes = files.map(({ data }) => data.length);
  if (files.length > evaluationBounds.files) return { findings: [error("too-many-files", `it has ${files.length} files; ${evaluationBounds.files} are read`)] };
  const large = files.find(({ data }) => data.length > evaluationBounds.fileBytes);
  if (large !== undefined) return { findings: [error("too-large", `${large.path} has ${large.data.length} bytes; ${evaluationBounds.fileBytes} are read`)] };
  if (sizes.reduce((sum, size) => sum + size, 0) > evaluationBounds.bytes) return { findings: [error("too-large", "its files are too large together")] };
  const yaml = files.find((file) => file.path === evaluationFile);
  if (yaml === undefined) return { findings: [error("no-file", `there is no ${path}`, `agentctl schema evaluation`)] };
  const read = readYaml({ path, text: new TextDecoder().decode(yaml.data) });
  if (read.document === undefined) return { findings: read.findings };
  const { document } = read;
  const faults = checkDocument(evaluationSchema, document, "evaluation/schema");
  if (faults.length > 0) return { findings: faults };
  const evaluation = evaluationOf(folder, files, document);
  const findings = problems(folder, evaluation, document);
  return { ...(findings.length === 0 && { evaluation }), findings };
}

function evaluationOf(folder: string, files: readonly EvaluationFile[], { value }: YamlDocument): Evaluation {
  const { about, target, cases } = value as { about: string; target: Partial<Record<TargetKind, string>>; cases: never };
  const [[kind, name] = ["skill", ""]] = Object.entries(target) as [TargetKind, string][];
  const digest = sha256(
    canonicalJson(["agentctl-evaluation-1", files.map((file) => [file.path, sha256(file.data)]).toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1))]),
  );
  return { name: folder, about, target: { kind, name }, cases, digest, files } as Evaluation;
}

/** What the schema cannot say. */
function problems(folder: string, evaluation: Evaluation, document: YamlDocument): Finding[] {
  const found: Finding[] = [];
  const report = (rule: string, at: readonly (string | number)[], message: string, hint?: string): void => {
    found.push({ rule: `evaluation/${rule}`, level: "error", message, file: document.file, ...document.at(at), hint });
  };
  const { name } = document.value as { name: string };
  if (name !== folder) report("name", ["name"], `it is called ${name} and lies in ${folder}`, `name: ${folder}`);
  const known = new Set(evaluation.files.map(({ path }) => path));
  const seen = new Set<string>();
  const file = (at: readonly (string | number)[], path: string): void => {
    if (!known.has(path)) report("no-such-file", at, `there is no ${evaluationsRoom}/${folder}/${path.slice(0, 80)}`);
  };
  evaluation.cases.forEach((each, index) => {
    if (seen.has(each.name)) report("case-twice", ["cases", index, "name"], `two cases are called ${JSON.stringify(each.name)}`);
    seen.add(each.name);
    if (each.name.includes("\n")) report("case-name", ["cases", index, "name"], "the name of a case is one line");
    const files = "files" in each && each.files !== undefined ? Object.entries(each.files) : [];
    for (const [property, path] of files) file(["cases", index, "files", property], path);
    if ("script" in each) file(["cases", index, "script"], each.script);
    const pattern = "answer" in each.expect ? each.expect.answer : undefined;
    if (pattern !== undefined && !compiles(pattern)) report("pattern", ["cases", index, "expect", "answer"], "RE2 cannot read this pattern");
    if ("metrics" in each.expect) {
      for (const [metric, { min, max }] of Object.entries(each.expect.metrics))
        if (min === undefined && max === undefined) report("no-bound", ["cases", index, "expect", "metrics", metric], `${metric} has neither min nor max`);
    }
  });
  return found;
}

function compiles(pattern: string): boolean {
  try {
    compilePattern(pattern);
    return true;
  } catch {
    return false;
  }
}
