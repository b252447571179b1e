import type { ChatMessage } from "../agent/message.ts";
import { AgentctlError } from "../base/errors.ts";
import { pause } from "./backoff.ts";
import { inputTokensAtMost, replyText, tokensAtMost } from "./estimate.ts";
import { ModelFault, statusFault } from "./fault.ts";
import { answersIn, laneOf, objectiveOf } from "./normalise.ts";
import { toldCalls } from "./obey.ts";
import type { Provider, ProviderAnswer, ProviderRequest } from "./provider.ts";
import { readScript, type ReadStep } from "./read-script.ts";
import type { ProviderSettings } from "./settings.ts";
import { readCalls } from "./tool-args.ts";

/** How far one piece of work has come. */
interface LaneState {
  /** How often each step was taken. */
  used: number[];
  /** Answers given. */
  answered: number;
}

/**
 * A model that does what a file says; never touches the network. Each piece of work (a lane: role and first message of the user) goes through the steps for
 * itself: the first that fits and is not used up. What a conversation holds already counts as taken, so that a run which goes on in another process goes on
 * in the script. Errors: llm/no-script, base/bad-document.
 */
export function scriptedProvider(name: string, settings: ProviderSettings, silenceMs: number): Provider {
  if (settings.file === undefined) {
    throw new AgentctlError("llm/no-script", `the provider ${name} has no script`, {
      exit: "usage",
      hint: `set models.providers.${name}.file in agentctl.yaml`,
    });
  }
  return scriptedBy(readScript(settings.file), silenceMs);
}

/** The model of a script that was read already. */
export function scriptedBy(steps: readonly ReadStep[], silenceMs: number): Provider {
  const lanes = new Map<string, LaneState>();
  return {
    address: undefined,
    async ask(request, { signal, onText }) {
      signal.throwIfAborted();
      const lane = laneOf(request);
      const state = lanes.get(lane) ?? { used: steps.map(() => 0), answered: 0 };
      lanes.set(lane, state);
      catchUp(steps, state, request);
      const step = take(steps, state, request, request.messages);
      if (step === undefined) throw new ModelFault("error", `the script has no step for this request of the ${request.role}`, { spent: "nothing" });
      if (step.fault !== undefined) throw await faultFor(step.fault, silenceMs, signal);
      const answer = answerFor(step, request);
      if (answer.text !== "") onText?.(answer.text);
      return answer;
    },
  };
}

/** Takes the steps that led to the answers which a conversation holds already, faults before them included. */
function catchUp(steps: readonly ReadStep[], state: LaneState, request: ProviderRequest): void {
  const places = request.messages.flatMap(({ role }, index) => (role === "assistant" ? [index] : []));
  while (state.answered < answersIn(request.messages)) {
    const before = request.messages.slice(0, places[state.answered]);
    const step = take(steps, state, request, before);
    if (step === undefined) state.answered += 1;
  }
}

function take(steps: readonly ReadStep[], state: LaneState, { role }: ProviderRequest, messages: readonly ChatMessage[]): ReadStep | undefined {
  const index = steps.findIndex((step, at) => (state.used[at] ?? 0) < (step.times ?? 1) && fits(step, role, messages));
  const step = steps[index];
  if (step === undefined) return undefined;
  state.used[index] = (state.used[index] ?? 0) + 1;
  if (step.fault === undefined) state.answered += 1;
  return step;
}

function fits(step: ReadStep, role: ProviderRequest["role"], messages: readonly ChatMessage[]): boolean {
  if (step.role !== undefined && step.role !== role) return false;
  if (step.objective?.test(objectiveOf(messages)) === false) return false;
  if (step.seen?.test(messages.at(-1)?.text ?? "") === false) return false;
  return step.obey !== true || toldCalls(messages).length > 0;
}

async function faultFor(fault: NonNullable<ReadStep["fault"]>, silenceMs: number, signal: AbortSignal): Promise<ModelFault> {
  if (fault === "cut") return new ModelFault("error", "the reply breaks off", { passes: true });
  if (fault === "malformed") return new ModelFault("unparsable", "the reply is not made of JSON events");
  if (fault !== "silence") return statusFault(fault.status, "as the script has it", fault.retryAfter === undefined ? undefined : fault.retryAfter * 1000);
  await pause(silenceMs, signal);
  return new ModelFault("timeout", `not a byte for ${silenceMs} ms`, { passes: true });
}

function answerFor(step: ReadStep, { messages, tools }: ProviderRequest): ProviderAnswer {
  const written = (step.call ?? []).map(({ tool, args = {} }) => ({ tool, args }));
  const told = step.obey === true ? toldCalls(messages) : [];
  // Ids of calls are unique within a conversation too.
  const turn = answersIn(messages) + 1;
  const raw = [...written, ...told].map(({ tool, args }, index) => ({ id: `call_${turn}_${index + 1}`, name: tool, args: JSON.stringify(args) }));
  const toolCalls = readCalls(raw.slice(0, 64));
  const reply = { text: (step.say ?? "").toWellFormed(), ...(step.think !== undefined && { thinking: step.think.toWellFormed() }), toolCalls };
  const usage = step.usage ?? { inputTokens: inputTokensAtMost(messages, tools), outputTokens: tokensAtMost(replyText(reply)) };
  return { ...reply, finish: toolCalls.length > 0 ? "tool-calls" : "stop", usage };
}
