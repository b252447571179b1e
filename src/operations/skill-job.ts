import { AgentctlError } from "../base/errors.ts";
import type { JobFile, JobLimits } from "../runner/job.ts";
import type { Skill, SkillInput, SkillRunner } from "../skill/skill.ts";
import type { Trust } from "../skill/trust.ts";

/** A skill that can be run: it names a runner and a script. */
export interface RunnableSkill {
  runner: SkillRunner;
  command: string[];
}

const interpreters: Readonly<Record<string, string[]>> = { ".py": ["python3", "-B"], ".js": ["node"], ".mjs": ["node"], ".sh": ["bash"] };

/** How its script is started; by interpreter, since nothing under /work may be executed. Error (exit usage): `skill/not-runnable`. */
export function runnable(skill: Skill): RunnableSkill {
  const ending = /\.\w+$/.exec(skill.run ?? "")?.[0] ?? "";
  const interpreter = interpreters[ending];
  if (skill.runner === undefined || skill.run === undefined || interpreter === undefined) {
    throw new AgentctlError("skill/not-runnable", `the skill ${skill.name} has instructions only: its metadata names no runner and script`, {
      hint: `agentctl skill show ${skill.name}`,
      exit: "usage",
    });
  }
  return { runner: skill.runner, command: [...interpreter, skill.run] };
}

/** What a skill asks for, else the configuration's; one from elsewhere never gets more than the configuration's. */
export function skillLimits(skill: Skill, trust: Trust, configured: JobLimits): JobLimits {
  const names = Object.keys(configured) as (keyof JobLimits)[];
  const limit = (name: keyof JobLimits): number => {
    const asked = skill.limits[name] ?? configured[name];
    return trust === "own" ? asked : Math.min(asked, configured[name]);
  };
  return Object.fromEntries(names.map((name) => [name, limit(name)])) as unknown as JobLimits;
}

/** The files of the job: the skill's under skill/, its input, and what was given. */
export function skillFiles(files: readonly SkillInput[], input: string, given: readonly JobFile[]): JobFile[] {
  return [...files.map(({ path, data }) => ({ path: `skill/${path}`, data })), { path: "input.json", data: input }, ...given];
}
