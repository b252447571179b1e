import { basename } from "node:path";
import type { SkillEvaluation } from "../evaluation/evaluation.ts";
import type { SkillCase } from "../evaluation/cases.ts";
import { judgeSkill, type CaseVerdict } from "../evaluation/judge.ts";
import { isMapping } from "../base/mapping.ts";
import type { JudgedCall, JudgedSkill } from "./judged-call.ts";

/** Asks every case of an evaluation of a skill, in order. Errors: those of the call. */
export async function evaluateSkill(evaluation: SkillEvaluation, skill: JudgedSkill): Promise<CaseVerdict[]> {
  const verdicts: CaseVerdict[] = [];
  for (const each of evaluation.cases) verdicts.push(judgeSkill(each, await skill.call(callOf(evaluation, each))));
  return verdicts;
}

/** The call of a case: its files become /work/files/<name>, and the properties of the input name them, as with `skill run --file`. */
export function callOf({ files }: SkillEvaluation, { input = {}, files: given = {} }: SkillCase): JudgedCall {
  const named = Object.entries(given).map(([property, path]) => ({ property, name: basename(path), path }));
  const data = (path: string): Uint8Array => files.find((file) => file.path === path)?.data ?? Buffer.alloc(0);
  return {
    input:
      named.length > 0 && isMapping(input) ? { ...input, ...Object.fromEntries(named.map(({ property, name }) => [property, `/work/files/${name}`])) } : input,
    files: named.map(({ name, path }) => ({ path: `files/${name}`, data: data(path) })),
  };
}
