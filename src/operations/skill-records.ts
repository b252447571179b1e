import type { SkillFinished, SkillStarted } from "../event/skill-events.ts";
import type { JobResult } from "../runner/job.ts";
import type { UsableSkill } from "./usable-skill.ts";

/** The intent to call a skill; its name, version, digest and trust are those of the files that run. */
export function skillStarted({ skill, trust }: UsableSkill, call: Omit<SkillStarted, "skill" | "version" | "digest" | "trust">): SkillStarted {
  return { ...call, skill: skill.name, ...(skill.version !== undefined && { version: skill.version }), digest: skill.digest, trust };
}

/** How the job of a call ended, with what the call made of it. */
export function skillFinished(
  { skill }: UsableSkill,
  job: Pick<JobResult, "exitCode" | "signal" | "oomKilled" | "durationMs">,
  end: Pick<SkillFinished, "call" | "outcome" | "output" | "stderr" | "artifacts" | "refused">,
): SkillFinished {
  const { output, ...rest } = end;
  return {
    ...rest,
    skill: skill.name,
    ...(output !== undefined && { output }),
    ...(job.exitCode !== undefined && { exitCode: job.exitCode }),
    ...(job.signal !== undefined && { signal: job.signal }),
    oomKilled: job.oomKilled,
    durationMs: Math.round(job.durationMs),
  };
}
