import type { Agent } from "../agent/agent.ts";
import type { PastTool } from "../agent/history.ts";
import type { ToolCall } from "../agent/message.ts";
import type { StepOf, ToolOutcome } from "../agent/ports.ts";
import { recordedName } from "../agent/remembered.ts";
import { AgentctlError, messageOf } from "../base/errors.ts";
import { checkSchema } from "../base/json-schema.ts";
import { systemClock } from "../base/clock.ts";
import type { ToolAsked, ToolFinished } from "../event/call-events.ts";
import { recordable } from "../trace/recordable.ts";
import type { AgentMeter } from "./agent-meter.ts";
import { noteUntrusted } from "./claim-lane.ts";
import { decideCall, type CallVerdict, type Judge } from "./decide-call.ts";
import { requireGoing } from "./in-run.ts";
import { bounded } from "./tools/foreign-text.ts";
import type { Tool, ToolContext, ToolResult } from "./tools/tool.ts";
import { withinBudget } from "./within-budget.ts";

export interface Acting {
  context: Omit<ToolContext, "key" | "decision">;
  agent: Agent;
  objective: string;
  /** Those that the agent may name, by name. */
  tools: ReadonlyMap<string, Tool>;
  judge: Judge;
  meter: AgentMeter;
}

/** What the model reads of one result at most; most tools keep to less themselves. */
const resultBytesMax = 24_000;
/** A list of a thousand wrong items has a thousand problems; the first few tell enough. */
const problemsMax = 10;

/**
 * One tool call of a model: checked, decided, if need be approved, on record before it acts and after. A call that cannot be made or may not be made is a
 * result with the reason, which the model reads; one that waits for people ends the subtask for now.
 */
export async function actTool(acting: Acting, step: StepOf, call: ToolCall): Promise<ToolOutcome> {
  const tool = acting.tools.get(call.name);
  const fault = faultOf(acting, tool, call);
  if (tool === undefined || fault !== undefined) return refuse(acting, step, call, tool, { outcome: "invalid", text: fault ?? "no such tool" });
  const verdict = await decideCall(acting, step, tool, call);
  if (verdict.kind === "waits") return { waits: true, approval: verdict.approval };
  if (verdict.kind === "answered") return answered(acting, step, call, tool, verdict);
  if (verdict.kind === "refused") return refuse(acting, step, call, tool, { outcome: verdict.outcome, text: verdict.text }, verdict.decisions);
  return perform(acting, step, call, tool, verdict);
}

/** A call whose end is not on record: harmless ones are done again, of others people say whether to. */
export async function actAgain(acting: Acting, step: StepOf, call: ToolCall, past: PastTool): Promise<ToolOutcome> {
  if (past.asked.repeatable === true) return actTool(acting, step, call);
  const said = await acting.judge.outcomeUnknown(step, past);
  if (said.kind === "waits") return { waits: true, approval: said.approval };
  if (said.kind === "again") return actTool(acting, step, call);
  const text = `nobody knows whether this call was carried out: the process ended while it ran. It was not done again${said.note === undefined ? "" : `; ${said.by ?? "a person"} said: ${said.note}`}.`;
  return finish(acting, step, call.name, { outcome: "unknown", text }, 0);
}

/** Why the call cannot be made as it is, in words for the model. */
function faultOf({ tools }: Acting, tool: Tool | undefined, call: ToolCall): string | undefined {
  if (tool === undefined) return `there is no tool ${JSON.stringify(call.name.slice(0, 64))} for this agent; there are: ${[...tools.keys()].join(", ")}`;
  if (call.problem !== undefined) return call.problem;
  // The schemas of tools are ours, and what they check takes no longer than reading it did: no watch over the time, which would take longer than the check.
  const problems = checkSchema(tool.parameters, call.args ?? {}).slice(0, problemsMax);
  if (problems.length === 0) return undefined;
  return `the arguments do not fit ${tool.name}: ${problems.map(({ message, hint }) => (hint === undefined ? message : `${message} (${hint})`)).join("; ")}`;
}

async function perform(acting: Acting, step: StepOf, call: ToolCall, tool: Tool, verdict: Extract<CallVerdict, { kind: "allowed" }>): Promise<ToolOutcome> {
  const { context, agent } = acting;
  const { open, authority } = context;
  await open.recorder.append("tool.asked", {
    ...askedOf(step, call, { ...tool, ...verdict.traits }),
    decisions: verdict.decisions.map(({ id }) => id),
    ...(verdict.approval !== undefined && { approval: verdict.approval }),
    ...(verdict.grant !== undefined && { grant: verdict.grant }),
  });
  requireGoing(open);
  const startedMs = systemClock.monotonicMs();
  const decision = verdict.decisions[0]?.id ?? "";
  const work = (): Promise<ToolResult> => attempt(acting, () => tool.run(argsOf(call), { ...context, key: step.key, decision }));
  const { amounts } = verdict;
  const spent =
    Object.keys(amounts).length === 0
      ? { granted: true as const, value: await work() }
      : await withinBudget({ open, budgets: authority.set.budgets, agent: agent.name, subagent: step.subtask, amounts }, work, () => amounts);
  const result: ToolResult = spent.granted ? spent.value : { outcome: "refused", text: `a budget does not bear it: ${spent.reason}` };
  return finish(acting, step, call.name, result, systemClock.monotonicMs() - startedMs);
}

/** What the tool could not do is a result, unless all work has to stop. */
async function attempt({ context }: Acting, work: () => Promise<ToolResult>): Promise<ToolResult> {
  try {
    return await work();
  } catch (thrown) {
    context.open.stop.throwIfAborted();
    if (!(thrown instanceof AgentctlError) || thrown.exit === "halted" || thrown.exit === "interrupted") throw thrown;
    return { outcome: "failed", text: messageOf(thrown) + (thrown.hint === undefined ? "" : `\nmend: ${thrown.hint}`) };
  }
}

/** A person's answer to a question is the result. */
async function answered(
  acting: Acting,
  step: StepOf,
  call: ToolCall,
  tool: Tool,
  { said, approval, decisions }: Extract<CallVerdict, { kind: "answered" }>,
): Promise<ToolOutcome> {
  await acting.context.open.recorder.append("tool.asked", { ...askedOf(step, call, tool), decisions: decisions.map(({ id }) => id), approval });
  return finish(acting, step, call.name, said, 0);
}

async function refuse(
  acting: Acting,
  step: StepOf,
  call: ToolCall,
  tool: Tool | undefined,
  end: { outcome: "denied" | "invalid"; text: string },
  decisions: readonly { id: string }[] = [],
): Promise<ToolOutcome> {
  await acting.context.open.recorder.append("tool.asked", { ...askedOf(step, call, tool), decisions: decisions.map(({ id }) => id), refused: true });
  return finish(acting, step, call.name, end, 0);
}

function askedOf({ key, subtask }: StepOf, call: ToolCall, tool: Tool | undefined): Omit<ToolAsked, "decisions"> {
  const args = recordable(call.args ?? null);
  return { key, subtask, tool: recordedName(call.name), args, ...(tool !== undefined && { class: tool.class, repeatable: tool.repeatable }) };
}

function argsOf(call: ToolCall): Record<string, unknown> {
  return (call.args ?? {}) as Record<string, unknown>;
}

/** Masks and bounds what came back, and writes the receipt: the loop goes on with what is on record. */
async function finish(
  acting: Acting,
  { key }: StepOf,
  tool: string,
  result: Omit<ToolResult, "outcome"> & { outcome: ToolFinished["outcome"] },
  durationMs: number,
): Promise<ToolOutcome> {
  const { open } = acting.context;
  noteUntrusted(acting.context, [...(result.artifacts ?? []), ...(result.changes ?? [])]);
  const text = bounded(open.mask(result.text.toWellFormed()), resultBytesMax);
  await open.recorder.append("tool.finished", {
    key,
    tool: recordedName(tool),
    outcome: result.outcome,
    text,
    ...(result.data !== undefined && { data: recordable(result.data) }),
    ...(result.artifacts !== undefined && { artifacts: result.artifacts.map(({ path, sha256, bytes }) => ({ path, sha256, bytes })) }),
    ...(result.changes !== undefined && { changes: result.changes.map((change) => ({ ...change })) }),
    durationMs: Math.round(durationMs),
  });
  acting.meter.count({ toolCalls: 1 });
  open.stop.throwIfAborted();
  return { waits: false, outcome: result.outcome, text };
}
