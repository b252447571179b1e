import { checkForeignSchema } from "../base/json-schema.ts";
import type { Agent } from "./agent.ts";
import type { ChatMessage, ToolSpec } from "./message.ts";
import type { AgentPorts, Subtask } from "./ports.ts";

/** Subtasks of a plan at most: what a person can still follow. */
export const subtasksMax = 8;

/** The subtask that puts the others' results together. */
export const answerId = "answer";

export const planTool: ToolSpec = {
  name: "plan",
  description: `Split the objective into at most ${subtasksMax} subtasks. A subtask sees the results of those it comes after, and nothing else of them.`,
  parameters: {
    type: "object",
    additionalProperties: false,
    required: ["subtasks"],
    properties: {
      subtasks: {
        type: "array",
        minItems: 1,
        maxItems: subtasksMax,
        items: {
          type: "object",
          additionalProperties: false,
          required: ["id", "objective"],
          properties: {
            id: { type: "string", pattern: "^[a-z][a-z0-9-]{0,23}$" },
            objective: { type: "string", minLength: 1, maxLength: 2000 },
            after: { type: "array", items: { type: "string" }, maxItems: subtasksMax },
          },
        },
      },
    },
  },
};

const system = `You plan the work of an agent. Split the objective into as few subtasks as it needs, one where it needs no more; those that do not need each other's results are worked on at once.
Each objective must be understandable by itself. Call the tool plan.`;

export interface Planning {
  agent: Agent;
  model?: string | undefined;
  objective: string;
  tools: readonly ToolSpec[];
  ports: AgentPorts;
}

/**
 * The objective as a graph of subtasks. One subtask, the objective itself, where the agent does not plan, the planner gives no usable plan in two tries, or
 * policy does not let it split.
 */
export async function planFor(planning: Planning): Promise<{ subtasks: readonly Subtask[] } | { limit: string } | { failed: string }> {
  const { agent, objective, ports } = planning;
  const whole: Subtask[] = [{ id: "main", objective, after: [] }];
  if (!agent.plan) return { subtasks: whole };
  const listed = planning.tools.map(({ name, description }) => `- ${name}: ${description.split(/(?<=\.)\s/)[0] ?? ""}`).join("\n");
  const messages: ChatMessage[] = [
    { role: "system", text: system },
    { role: "user", text: `${objective}\n\nThe agent: ${agent.description}\nIts tools:\n${listed}` },
  ];
  for (let attempt = 1, sent = 0; attempt <= 2; attempt += 1) {
    const step = { key: `plan.${attempt}`, subtask: "plan" };
    const hit = await ports.limit(step, 1);
    if (hit !== undefined) return { limit: `${hit.limit}: ${hit.used} of ${hit.most} used` };
    const asked = await ports.ask(
      step,
      { role: "planner", ...planModel(planning), messages: [...messages], tools: [planTool], outputTokensMax: 2048, temperature: 0 },
      sent,
    );
    if (!asked.ok) return asked.outcome === "budget" ? { limit: asked.why } : { failed: asked.why };
    const call = asked.answer.toolCalls.find(({ name }) => name === planTool.name);
    const read = readPlan(call?.args);
    if ("subtasks" in read) {
      const split = read.subtasks.length > 1 && (await ports.maySplit(read.subtasks.length));
      return { subtasks: split ? joined(read.subtasks, objective) : whole };
    }
    sent = messages.length;
    messages.push({ role: "assistant", text: asked.answer.text, toolCalls: asked.answer.toolCalls });
    for (const each of asked.answer.toolCalls)
      messages.push({ role: "tool", call: each.id, name: each.name, text: each === call ? read.problem : "not a tool of the planner" });
    messages.push({ role: "user", text: `That is no plan: ${read.problem}. Call the tool plan again.` });
  }
  return { subtasks: whole };
}

/** A model that was asked for by hand serves all roles. */
function planModel({ model }: Planning): { model?: string } {
  return model === undefined ? {} : { model };
}

/** Reads what a planner called; what is wrong with it in words for the planner. */
export function readPlan(args: unknown): { subtasks: Subtask[] } | { problem: string } {
  const problems = checkForeignSchema(planTool.parameters, args ?? null);
  if (problems.length > 0) return { problem: problems.map(({ message }) => message).join("; ") };
  const { subtasks } = args as { subtasks: { id: string; objective: string; after?: string[] }[] };
  const ids = new Set(subtasks.map(({ id }) => id));
  if (ids.size < subtasks.length) return { problem: "two subtasks have one id" };
  if (ids.has(answerId) || ids.has("plan")) return { problem: `"${answerId}" and "plan" are taken; name the subtask otherwise` };
  const unknown = subtasks.flatMap(({ id, after = [] }) =>
    after.filter((other) => !ids.has(other) || other === id).map((other) => `${id} comes after ${other}`),
  );
  if (unknown.length > 0) return { problem: `${unknown[0] ?? ""}, which is no other subtask` };
  const read = subtasks.map(({ id, objective, after = [] }) => ({ id, objective, after: [...new Set(after)] }));
  return hasCycle(read) ? { problem: "the subtasks wait for each other in a circle" } : { subtasks: read };
}

function hasCycle(subtasks: readonly Subtask[]): boolean {
  const done = new Set<string>();
  for (let before = -1; before < done.size;) {
    before = done.size;
    for (const { id, after } of subtasks) if (after.every((other) => done.has(other))) done.add(id);
  }
  return done.size < subtasks.length;
}

/** With the subtask that answers from the others' results. */
function joined(subtasks: readonly Subtask[], objective: string): Subtask[] {
  return [...subtasks, { id: answerId, objective: `Answer the objective from the results below: ${objective}`, after: subtasks.map(({ id }) => id) }];
}
