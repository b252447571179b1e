import { AgentctlError } from "../base/errors.ts";
import type { Evaluation } from "../evaluation/evaluation.ts";
import type { CaseVerdict } from "../evaluation/judge.ts";
import type { EvaluationSide } from "./evaluation-side.ts";
import type { OpenRun } from "./in-run.ts";
import type { Authority } from "./load-authority.ts";

export interface EvaluationAsking {
  open: OpenRun;
  authority: Authority;
  env: NodeJS.ProcessEnv;
}

/**
 * Asks every case of an evaluation of what stands on one side; undefined where its target is not there. A target that cannot be used, or that policy does
 * not let run, fails every case. Errors: no engine, no image, and when work has to stop.
 */
export async function askEvaluation(evaluation: Evaluation, side: EvaluationSide, asking: EvaluationAsking): Promise<CaseVerdict[] | undefined> {
  try {
    return await ask(evaluation, side, asking);
  } catch (thrown) {
    asking.open.stop.throwIfAborted();
    if (!(thrown instanceof AgentctlError) || !targetFaults.has(thrown.code)) throw thrown;
    return allFail(evaluation, thrown.message);
  }
}

/** What is said of the target and of nothing else. */
const targetFaults = new Set(["evaluation/denied", "skill/not-runnable", "agent/unknown-tool"]);

async function ask(evaluation: Evaluation, side: EvaluationSide, asking: EvaluationAsking): Promise<CaseVerdict[] | undefined> {
  const { name } = evaluation.target;
  if (isOf(evaluation, "skill")) {
    const { there, found } = await side.skill(name);
    if (found === undefined) return there ? allFail(evaluation, "the skill cannot be used") : undefined;
    const [{ openJudgedSkill }, { evaluateSkill }] = await Promise.all([import("./judged-call.ts"), import("./evaluate-skill.ts")]);
    const skill = await openJudgedSkill({ ...asking, purpose: "evaluation" }, found);
    return evaluateSkill(evaluation, skill).finally(() => skill.close());
  }
  if (isOf(evaluation, "agent")) {
    const shelved = await side.agent(name);
    if (shelved?.agent === undefined) return shelved === undefined ? undefined : allFail(evaluation, "the agent cannot be used");
    const { evaluateAgent } = await import("./evaluate-agent.ts");
    return evaluateAgent(evaluation, shelved.agent, asking.authority, asking.open.stop);
  }
  const { strategies } = side;
  if (strategies === undefined)
    throw new AgentctlError("evaluation/not-laid-out", `a strategy is judged in a working tree, and that of ${name} is not there`, {
      hint: `agentctl evaluation run ${evaluation.name}, without --at`,
      exit: "usage",
    });
  const [{ hasStrategy }, { evaluateStrategy }] = await Promise.all([import("./evaluation-side.ts"), import("./evaluate-strategy.ts")]);
  if (!hasStrategy(strategies, name)) return undefined;
  return evaluateStrategy(evaluation, strategies, asking);
}

function isOf<K extends Evaluation["target"]["kind"]>(evaluation: Evaluation, kind: K): evaluation is Extract<Evaluation, { target: { kind: K } }> {
  return evaluation.target.kind === kind;
}

function allFail({ cases }: Evaluation, why: string): CaseVerdict[] {
  return cases.map(({ name }) => ({ name, passed: false, why }));
}
