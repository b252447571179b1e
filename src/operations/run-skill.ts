import { AgentctlError } from "../base/errors.ts";
import type { Decision } from "../policy/request.ts";
import { allowedHosts } from "./allowed-hosts.ts";
import { callSkill, type SkillCallResult } from "./call-skill.ts";
import type { DecidedRun } from "./decided-action.ts";
import { decidedRun, findSkill } from "./decided-run.ts";
import type { RunOutcome } from "./in-run.ts";
import { skillHosts } from "./skill-hosts.ts";
import { inputArgs, skillInput, type GivenFile } from "./skill-input.ts";
import { runnable, skillLimits } from "./skill-job.ts";

export interface RunSkillAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  name: string;
  /** JSON text. */
  input?: string | undefined;
  files?: readonly GivenFile[];
  onDecision?: (run: string, decision: Decision) => void;
  /** The skill's stderr as it comes. */
  onLog?: (text: string) => void;
}

export interface RunSkillResult extends Omit<DecidedRun<SkillCallResult>, "value"> {
  skill: string;
  /** Undefined when it did not start. */
  call?: SkillCallResult | undefined;
  /** Of a host that it declares and may not reach. */
  denied?: Decision | undefined;
}

const runOutcomes: Partial<Record<SkillCallResult["outcome"], RunOutcome>> = { ok: "ok", timeout: "timeout" };

/**
 * Runs a skill: found, its input checked, decided by the committed policy, and so is each host that it declares, run in its container, all of it recorded. A denial, a limit reached, a
 * skill that fails are results; errors are what keeps the question from being asked: no workspace, unknown skill, wrong input, no engine, halted.
 */
export async function runSkill(asked: RunSkillAsked): Promise<RunSkillResult> {
  const skillFound = await findSkill(asked);
  const { authority, found } = skillFound;
  const { runner } = runnable(found.skill);
  const inputs = await skillInput(found.skill, asked.input, asked.files ?? [], asked.cwd);
  const limits = skillLimits(found.skill, found.trust, authority.config.values.limits);
  const hosts = skillHosts(found.skill);
  let denied: Decision | undefined;
  const { value, ...ended } = await decidedRun<SkillCallResult | undefined>(
    skillFound,
    {
      command: `skill run ${asked.name}`,
      class: found.skill.class,
      runner,
      limits,
      args: inputArgs(inputs.input),
      files: inputs.given.length,
      hosts: new Set(hosts.map(({ host }) => host)).size,
      env: asked.env,
      onDecision: asked.onDecision,
    },
    async (open, decision) => {
      const allowed = allowedHosts(authority, open, asked.onDecision);
      try {
        for (const { host, port } of hosts) await allowed.ask(host, port);
      } catch (thrown) {
        denied = allowed.refusal();
        if (denied === undefined || !(thrown instanceof AgentctlError)) throw thrown;
        return { outcome: denied.effect === "deny" ? "denied" : "waiting", value: undefined };
      }
      const call = await callSkill({ open, authority, env: asked.env, found, decision: decision.id, limits, inputs, hosts, onLog: asked.onLog });
      return { outcome: runOutcomes[call.outcome] ?? "failed", value: call };
    },
  );
  return { ...ended, skill: asked.name, call: value, denied };
}
