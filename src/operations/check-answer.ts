import type { Agent } from "../agent/agent.ts";
import { checkAnswer } from "../agent/output-checks.ts";
import type { ToolCall } from "../agent/message.ts";
import type { AgentPorts, AnswerCheck, StepOf } from "../agent/ports.ts";

/** What a run has seen: what its answer may cite. */
export interface RunFacts {
  keys: Set<string>;
  paths: Set<string>;
}

/** Notes a call that was made, or is on record. */
export function noteCall({ keys, paths }: RunFacts, key: string, call: ToolCall): void {
  keys.add(key);
  const args = call.args !== null && typeof call.args === "object" ? Object.entries(call.args) : [];
  for (const [name, value] of args) if (name === "path" && typeof value === "string") paths.add(value);
}

/** The checks of an agent's answer; its tests run as any call of the tool does: decided, in the sandbox, on record. */
export function openChecks(agent: Agent, facts: RunFacts, act: AgentPorts["act"]): AgentPorts["check"] {
  return async (step, answer) => {
    const checks = checkAnswer(answer, agent.output, { keys: [...facts.keys], paths: [...facts.paths] });
    const { tests } = agent.output;
    return tests === undefined ? checks : [...checks, await testsPass(step, tests, act)];
  };
}

async function testsPass(step: StepOf, target: string, act: AgentPorts["act"]): Promise<AnswerCheck> {
  const done = await act(
    { key: `${step.key}.tests`, subtask: step.subtask },
    { id: "tests", name: "run_tests", args: { target: target === "scratch" ? target : `skill:${target}` } },
  );
  if (done.waits) return { by: "tests", problem: `the tests of ${target} wait for ${done.approval}` };
  return { by: "tests", problem: done.outcome === "ok" ? undefined : `the tests of ${target} did not pass:\n${done.text.slice(0, 4000)}` };
}
