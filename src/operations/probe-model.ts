import type { Model, ModelOutcome, ModelRequest } from "../agent/model.ts";
import { systemClock } from "../base/clock.ts";
import type { Candidate } from "../llm/choose-models.ts";
import type { ModelSettings } from "../llm/settings.ts";
import { openMeter } from "./agent-meter.ts";
import { askModel } from "./ask-model.ts";
import type { OpenRun } from "./in-run.ts";
import { listProvider } from "./list-models.ts";

/** What one model did with two tiny requests. */
export interface TestedModel {
  /** `provider/model` */
  model: string;
  outcome: "ok" | "failed" | "timeout" | "budget" | "denied";
  why?: string | undefined;
  /** The budget's, when one was reached. */
  limit?: string | undefined;
  /** What to do about it. */
  mend?: string | undefined;
  /** Until the first line of its answer. */
  firstTextMs?: number | undefined;
  /** Of the first request. */
  totalMs: number;
  inputTokens: number;
  outputTokens: number;
  costUsd: number;
  /** How it called the tool that it was asked to call; none: it did not. */
  toolCalls: "native" | "tags" | "none" | "untried";
}

const outputTokensMax = 1024;

const counting = "Count from one to three in words, one word on each line, and say nothing else.";
const calling = 'Call the tool "ready" with the word "yes". Say nothing else.';
const ready = {
  name: "ready",
  description: "Tells that you are ready.",
  parameters: { type: "object", additionalProperties: false, required: ["word"], properties: { word: { type: "string" } } },
};

export interface Probing {
  open: OpenRun;
  model: Model;
  key: string;
}

/** Asks one model for three words, and where it answers for a call of a tool. Both are on record. */
export async function probeModel({ open, model, key }: Probing, { id, provider }: Candidate): Promise<TestedModel> {
  const startedMs = systemClock.monotonicMs();
  const sinceMs = (): number => Math.round(systemClock.monotonicMs() - startedMs);
  let firstTextMs: number | undefined;
  const onArrival = (): void => {
    firstTextMs ??= sinceMs();
  };
  const asking = { open, modelOf: () => model, meter: openMeter(boundless, 0), onArrival };
  const words = await askModel(asking, { key: `${key}.1`, subtask: key }, request(id, counting, []), 0);
  const totalMs = sinceMs();
  if (!words.ok) {
    const { outcome, why, limit } = words;
    return { model: id, outcome, why: whyOf(words, why), limit, totalMs, inputTokens: 0, outputTokens: 0, costUsd: 0, toolCalls: "untried" };
  }
  const call = await askModel({ ...asking, onArrival: undefined }, { key: `${key}.2`, subtask: key }, request(id, calling, [ready]), 0);
  const called = call.ok && call.answer.toolCalls.some(({ name, problem }) => name === ready.name && problem === undefined);
  const answers = [words.answer, ...(call.ok ? [call.answer] : [])];
  const sum = (of: (answer: (typeof answers)[number]) => number): number => answers.map(of).reduce((a, b) => a + b, 0);
  return {
    model: id,
    outcome: "ok",
    firstTextMs: firstTextMs ?? totalMs,
    totalMs,
    inputTokens: sum(({ usage }) => usage.inputTokens),
    outputTokens: sum(({ usage }) => usage.outputTokens),
    costUsd: Math.round(sum(({ costUsd }) => costUsd) * 1e6) / 1e6,
    toolCalls: called ? (provider.toolCalls ?? "native") : "none",
  };
}

/** The budgets of the policy set are the limits here. */
const boundless = { iterations: Infinity, tokens: Infinity, costUsd: Infinity, wallMs: Infinity, outputTokens: Infinity };

function request(model: string, text: string, tools: ModelRequest["tools"]): ModelRequest {
  return { role: "coder", model, messages: [{ role: "user", text }], tools, outputTokensMax };
}

/** Of one model's one try the try itself says more than the sum. */
function whyOf({ attempts }: ModelOutcome & { ok: false }, otherwise: string): string {
  return attempts.at(-1)?.why ?? otherwise;
}

/** What to do about a model that did not answer; undefined when it did. */
export function mendOf(
  { outcome, model, limit }: TestedModel,
  { providerName, provider }: Candidate,
  settings: ModelSettings,
  env: NodeJS.ProcessEnv,
): string | undefined {
  if (outcome === "ok") return undefined;
  if (outcome === "budget" && limit === "base/unknown-price") return `models.prices in agentctl.yaml: "${model}": { inputUsd: …, outputUsd: … }, then commit`;
  if (outcome === "budget") return `agentctl model; the limit stands in policies/${limit?.split("/")[0] ?? ""}/policy.yaml`;
  if (outcome === "denied") return `agentctl policy check --action model.call --host ${hostOf(provider.baseUrl)}`;
  const { key, keyEnv, where } = listProvider(providerName, provider, env);
  if (key === "missing") return `export ${keyEnv}=…`;
  if (providerName === "ollama" && settings.prices["ollama/*"] !== undefined) return `ollama serve, and ollama pull ${model.slice("ollama/".length)}`;
  return `look at ${where}, and at models.providers.${providerName} in agentctl.yaml`;
}

function hostOf(baseUrl: string | undefined): string {
  return baseUrl === undefined ? "" : new URL(baseUrl).hostname;
}
