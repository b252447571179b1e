import { checkForeignSchema } from "../base/json-schema.ts";
import type { SkillFinished } from "../event/skill-events.ts";
import type { JobResult } from "../runner/job.ts";
import type { Skill } from "../skill/skill.ts";
import { recordable } from "../trace/recordable.ts";

/** stderr of a call that is kept, from its end: what went wrong is said last. */
const stderrCharactersMax = 64 * 1024;

export interface SkillResult {
  outcome: SkillFinished["outcome"];
  /** The JSON that the skill printed, or its text when it printed something else and declares no output. */
  output: unknown;
  stderr: string;
  /** Why the output does not count, or what the engine said. */
  detail: string | undefined;
}

/** What a job's bytes mean: a skill that ended well and printed what it declares is `ok`; one whose output does not fit is `bad-output`. */
export function readSkillResult(skill: Skill, job: JobResult): SkillResult {
  const stdout = Buffer.from(job.stdout).toString("utf8").trim();
  const stderr = Buffer.from(job.stderr).toString("utf8").slice(-stderrCharactersMax).toWellFormed();
  const parsed = parse(stdout);
  const kept = { stderr, output: parsed === undefined ? stdout || undefined : parsed.value };
  if (job.outcome !== "ok") return { ...kept, outcome: job.outcome, detail: job.detail };
  if (skill.outputSchema === undefined) return { ...kept, outcome: "ok", detail: undefined };
  if (parsed === undefined) return { ...kept, outcome: "bad-output", detail: "it printed no JSON, and declares an output" };
  const problems = checkForeignSchema(skill.outputSchema, parsed.value);
  if (problems.length === 0) return { ...kept, outcome: "ok", detail: undefined };
  return { ...kept, outcome: "bad-output", detail: `its output does not fit what it declares: ${problems.map((problem) => problem.message).join("; ")}` };
}

/** As it can be recorded: a list nested a hundred thousand deep is JSON, and everything that walks it would break. */
function parse(text: string): { value: unknown } | undefined {
  try {
    return { value: recordable(JSON.parse(text)) };
  } catch {
    return undefined;
  }
}
