import type { Agent } from "../agent/agent.ts";
import type { ToolCall } from "../agent/message.ts";
import type { ModelOutcome, ModelRequest } from "../agent/model.ts";
import type { AgentPorts, ToolOutcome } from "../agent/ports.ts";
import { runAgent } from "../agent/run-agent.ts";
import { AgentctlError, messageOf } from "../base/errors.ts";
import { checkSchema } from "../base/json-schema.ts";
import type { AgentCase } from "../evaluation/cases.ts";
import type { AgentEvaluation } from "../evaluation/evaluation.ts";
import { judgeAgent, type AgentOutcome, type CaseVerdict } from "../evaluation/judge.ts";
import type { Provider } from "../llm/provider.ts";
import { inputTokensAtMost, replyText, tokensAtMost } from "../llm/estimate.ts";
import { ModelFault } from "../llm/fault.ts";
import { parseScript } from "../llm/read-script.ts";
import { scriptedBy } from "../llm/scripted.ts";
import { openMeter } from "./agent-meter.ts";
import { noteCall, openChecks, type RunFacts } from "./check-answer.ts";
import { evaluationsRoom } from "../evaluation/read-evaluation.ts";
import type { Authority } from "./load-authority.ts";
import { callPermit } from "./tool-permits.ts";
import { toolsFor } from "./tools/registry.ts";
import type { Tool } from "./tools/tool.ts";

/**
 * Works through every case of an evaluation of an agent: the loop is the real one, a script is the model, the case says what tools give back, and policy
 * decides every call as a usual one with its path, host or skill. It asks no model, starts nothing, reaches nothing and writes nothing. Errors: a script that
 * cannot be read (`base/bad-document`), a tool that there is not, and when work has to stop.
 */
export async function evaluateAgent(evaluation: AgentEvaluation, agent: Agent, authority: Authority, signal: AbortSignal): Promise<CaseVerdict[]> {
  const tools = toolsFor(agent, authority.config);
  const verdicts: CaseVerdict[] = [];
  for (const each of evaluation.cases) {
    signal.throwIfAborted();
    verdicts.push(judgeAgent(each, await runCase(each, { agent, tools, authority, signal, provider: modelOf(evaluation, each) })));
  }
  return verdicts;
}

function modelOf({ name, files }: AgentEvaluation, { script }: AgentCase): Provider {
  const data = files.find(({ path }) => path === script)?.data ?? Buffer.alloc(0);
  // A script may have a model fall silent; nobody waits for it here.
  return scriptedBy(parseScript(`${evaluationsRoom}/${name}/${script}`, new TextDecoder().decode(data)), 1);
}

interface Stage {
  agent: Agent;
  tools: readonly Tool[];
  authority: Authority;
  signal: AbortSignal;
  provider: Provider;
}

async function runCase({ objective, returns = {} }: AgentCase, { agent, tools, authority, signal, provider }: Stage): Promise<AgentOutcome> {
  const meter = openMeter({ ...agent.limits, wallMs: Infinity }, 0);
  const facts: RunFacts = { keys: new Set(), paths: new Set() };
  const calls: string[] = [];
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  const act: AgentPorts["act"] = async ({ key }, call) => {
    signal.throwIfAborted();
    meter.count({ toolCalls: 1 });
    const outcome = answerCall(call, { tool: byName.get(call.name), agent, authority, returns });
    if (!outcome.waits && outcome.outcome === "ok") {
      calls.push(call.name);
      noteCall(facts, key, call);
    }
    return outcome;
  };
  const ports: AgentPorts = {
    async ask(_step, request) {
      const outcome = await askScript(provider, request, signal);
      const tokens = outcome.ok ? outcome.answer.usage.inputTokens + outcome.answer.usage.outputTokens : 0;
      meter.count({ iterations: 1, tokens });
      return outcome;
    },
    act,
    limit: async (_step, iteration) => meter.hit(iteration),
    maySplit: async () => true,
    check: openChecks(agent, facts, act),
    record: async () => undefined,
  };
  const specs = tools.map(({ name, description, parameters }) => ({ name, description, parameters }));
  const { outcome, answer } = await runAgent({ agent, objective, tools: specs, ports });
  const { iterations, tokens } = meter.spent();
  return { outcome, answer, calls, iterations, tokens };
}

function answerCall(
  call: ToolCall,
  { tool, agent, authority, returns }: { tool: Tool | undefined; agent: Agent; authority: Authority; returns: Readonly<Record<string, string>> },
): ToolOutcome {
  if (tool === undefined) return { waits: false, outcome: "invalid", text: "there is no such tool for this agent" };
  if (call.problem !== undefined || checkSchema(tool.parameters, call.args ?? {}).length > 0)
    return { waits: false, outcome: "invalid", text: "the arguments do not fit" };
  const { effect, reason } = callPermit(agent, { tool: tool.name, args: call.args ?? {} }, authority);
  if (effect === "deny") return { waits: false, outcome: "denied", text: reason };
  if (effect !== "allow" || tool.asksPerson === true) return { waits: true, approval: `a person (${tool.name})` };
  return { waits: false, outcome: "ok", text: Object.hasOwn(returns, tool.name) ? (returns[tool.name] ?? "") : "" };
}

async function askScript(provider: Provider, request: ModelRequest, signal: AbortSignal): Promise<ModelOutcome> {
  try {
    const { text, toolCalls, finish } = await provider.ask({ ...request, model: "script", logprobs: false }, { signal });
    const reply = replyText({ text, toolCalls });
    // By the texts, not by what the script claims: a longer prompt costs more.
    const usage = { inputTokens: inputTokensAtMost(request.messages, request.tools), outputTokens: tokensAtMost(reply) };
    return { ok: true, answer: { text, toolCalls, finish, usage, costUsd: 0, model: "script", cached: false, attempts: [] } };
  } catch (thrown) {
    signal.throwIfAborted();
    if (!(thrown instanceof ModelFault) && !(thrown instanceof AgentctlError)) throw thrown;
    return { ok: false, outcome: "failed", why: messageOf(thrown), attempts: [] };
  }
}
