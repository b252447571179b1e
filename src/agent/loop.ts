import type { Agent } from "./agent.ts";
import { critique } from "./critic.ts";
import type { ChatMessage, ToolSpec } from "./message.ts";
import type { AgentPorts, Subtask, SubtaskEnd } from "./ports.ts";
import { opening, toolResult } from "./prompts.ts";
import { reflect, type Seen } from "./reflect.ts";
import { fit } from "./window.ts";

export interface Work {
  agent: Agent;
  /** Instead of the agent's own model. */
  model?: string | undefined;
  tools: readonly ToolSpec[];
  /** What the whole run is about. */
  objective: string;
  subtask: Subtask;
  /** Answers of the subtasks before. */
  before: ReadonlyMap<string, string>;
  /** Whether this subtask's answer is the run's. */
  final: boolean;
  ports: AgentPorts;
}

/**
 * Works on one subtask: act (ask the model, do the tools it calls), observe (their results), reflect (what the loop itself noticed), until it answers and the
 * answer is accepted, a limit is reached, or something waits for people. How it ended is a value.
 */
export async function workOn(work: Work): Promise<SubtaskEnd> {
  const { agent, subtask, ports } = work;
  const messages: ChatMessage[] = opening(work);
  const seen: Seen = { calls: new Map(), rejections: 0 };
  const spent = { tokens: 0, costUsd: 0 };
  let sent = 0;
  for (let iteration = 1; ; iteration += 1) {
    const step = { key: `${subtask.id}.${iteration}`, subtask: subtask.id };
    const hit = await ports.limit(step, iteration);
    if (hit !== undefined) return { outcome: "limit", why: `${hit.limit}: ${hit.used} of ${hit.most} used` };
    const last = iteration >= agent.limits.iterations;
    if (last)
      messages.push({ role: "user", text: "This is your last step: no tool can be called any more. Answer now with what you have, and say what is missing." });

    const window = fit(messages);
    const request = {
      role: "coder" as const,
      model: work.model ?? agent.model,
      messages: window,
      tools: last ? [] : work.tools,
      outputTokensMax: agent.limits.outputTokens,
      temperature: agent.temperature,
    };
    const asked = await ports.ask(step, request, window === messages ? sent : 0);
    sent = messages.length;
    if (!asked.ok) return { outcome: asked.outcome === "budget" ? "limit" : "failed", why: asked.why };
    const { text, toolCalls, finish, usage, costUsd } = asked.answer;
    spent.tokens += usage.inputTokens + usage.outputTokens;
    spent.costUsd = Math.round((spent.costUsd + costUsd) * 1e6) / 1e6;
    messages.push({ role: "assistant", text, toolCalls });

    for (const [index, call] of toolCalls.entries()) {
      const done = await ports.act({ key: `${step.key}.${index + 1}`, subtask: subtask.id }, call);
      if (done.waits) return { outcome: "waiting", why: `waits for ${done.approval}`, waitsFor: [done.approval] };
      messages.push(toolResult(`${step.key}.${index + 1}`, call, done));
    }
    await ports.record("checkpoint.made", { ...step, iterations: iteration, ...spent });

    const note = reflect({ seen, toolCalls, text, finish, iteration, iterationsMax: agent.limits.iterations });
    if (note !== undefined) messages.push({ role: "user", text: note });
    if (toolCalls.length > 0 || note !== undefined) continue;

    const objection = work.final ? await judged(work, step, text, seen.rejections) : undefined;
    if (objection === undefined) return { outcome: "ok", answer: text };
    seen.rejections += 1;
    if (seen.rejections > Math.max(1, agent.criticRounds)) return { outcome: "failed", why: `the answer was not accepted: ${objection}` };
    messages.push({ role: "user", text: `Your answer was not accepted: ${objection}\nMend it and answer again.` });
  }
}

/** Why an answer does not count; undefined when the agent's checks and its critic accept it. */
async function judged(work: Work, step: { key: string; subtask: string }, answer: string, round: number): Promise<string | undefined> {
  const { agent, ports } = work;
  for (const { by, problem } of await ports.check(step, answer)) {
    await ports.record("answer.judged", { ...step, by, accepted: problem === undefined, ...(problem !== undefined && { why: problem }) });
    if (problem !== undefined) return problem;
  }
  if (agent.criticRounds === 0) return undefined;
  const { accepted, why } = await critique({
    objective: work.objective,
    answer,
    step: { key: `${step.key}.critic`, subtask: step.subtask },
    round,
    model: work.model,
    ports,
  });
  await ports.record("answer.judged", { ...step, by: "critic", accepted, why });
  return accepted ? undefined : why;
}
