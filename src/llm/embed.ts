import { systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { pause, systemFraction, usualWaits, waitMs } from "./backoff.ts";
import { modelsFor, type Candidate } from "./choose-models.ts";
import { embedReply } from "./embed-reply.ts";
import { endpointOf, type Endpoint } from "./endpoint.ts";
import { tokensAtMost } from "./estimate.ts";
import { faultOf, ModelFault } from "./fault.ts";
import type { GatewayPorts } from "./ports.ts";
import { costUsd, flatRates, ratesOf, type Rates } from "./prices.ts";
import type { ModelSettings } from "./settings.ts";
import { tidyText } from "./tidy-text.ts";
import { trustedUsage } from "./usage.ts";
import { openWire } from "./wire.ts";

export interface EmbedOptions {
  settings: ModelSettings;
  ports: Omit<GatewayPorts, "cache">;
  /** `provider/model` */
  model: string;
  signal: AbortSignal;
}

export type Embedded =
  | { ok: true; vectors: Float32Array[]; tokens: number; costUsd: number }
  /** `denied`: policy; `budget`: what is left does not bear it; `error`: the endpoint. */
  | { ok: false; outcome: "denied" | "budget" | "error"; why: string };

/** Texts of one request: a reply of that many long vectors stays below what is read of a line. */
export const embedBatch = 16;

/**
 * Vectors of length one for at most `embedBatch` texts, from any endpoint that speaks OpenAI's embeddings. Each try is decided by policy and borne by the
 * budgets, as of any model; what the endpoint does wrong is a value. Errors (exit usage): `llm/no-embeddings`, `llm/no-such-provider`, `llm/bad-endpoint`.
 */
export async function embedTexts(options: EmbedOptions, texts: readonly string[]): Promise<Embedded> {
  const { settings, ports, signal } = options;
  const candidate = embeddingModel(settings, options.model);
  let endpoint: Endpoint;
  try {
    endpoint = endpointOf(candidate.providerName, candidate.provider, ports.env);
  } catch (thrown) {
    if (!(thrown instanceof AgentctlError) || thrown.code !== "llm/no-key") throw thrown;
    return { ok: false, outcome: "error", why: thrown.message };
  }
  const clock = ports.clock ?? systemClock;
  const rates = await ratesOf(settings, candidate, endpoint.url.href, clock.nowMs(), { inputOnly: true });
  for (let failures = 0; ; failures += 1) {
    const tried = await tryOnce({ ...options, candidate, endpoint, rates }, texts);
    if (!("fault" in tried)) return tried;
    const { fault } = tried;
    if (!fault.passes || failures >= settings.retries) {
      const outcome = fault.outcome === "denied" || fault.outcome === "budget" ? fault.outcome : "error";
      return { ok: false, outcome, why: tidyText(ports.mask, endpoint.key)(fault.message) };
    }
    await pause(waitMs(failures + 1, fault.retryAfterMs, ports.waits ?? usualWaits, ports.chance ?? systemFraction), signal);
  }
}

/** The model of the settings, where it can make vectors. */
function embeddingModel(settings: ModelSettings, name: string): Candidate {
  const [candidate] = modelsFor(settings, name);
  if (candidate?.provider.kind === "openai") return candidate;
  throw new AgentctlError("llm/no-embeddings", `the model ${name} makes no vectors: its provider is of kind ${candidate?.provider.kind ?? "none"}`, {
    hint: "memory.embeddings names a model of a provider of kind openai, e.g. openai/text-embedding-3-small or ollama/nomic-embed-text",
    exit: "usage",
  });
}

interface Asked extends EmbedOptions {
  candidate: Candidate;
  endpoint: Endpoint;
  rates: Rates | undefined;
}

async function tryOnce(asked: Asked, texts: readonly string[]): Promise<Extract<Embedded, { ok: true }> | { fault: ModelFault }> {
  const { candidate, endpoint, ports, signal } = asked;
  const sent = texts.join("\n");
  const permit = await ports.permit({ model: candidate.id, host: endpoint.host, port: endpoint.port });
  if (!permit.allowed) return { fault: new ModelFault("denied", permit.why) };
  signal.throwIfAborted();
  const worst = { inputTokens: tokensAtMost(sent) + texts.length, outputTokens: 0 };
  const priceKnown = asked.rates !== undefined;
  const worstUsd = asked.rates === undefined ? 0 : costUsd(asked.rates, worst);
  const reserved = await ports.purse.reserve({ model: candidate.id, tokens: worst.inputTokens, costUsd: worstUsd, priceKnown });
  if (!reserved.granted) return { fault: new ModelFault("budget", reserved.reason) };
  const rates = asked.rates ?? flatRates(reserved.costRateUsd ?? 0, 0, "rate");
  let usage = worst;
  try {
    const { vectors, tokens } = await post(asked, texts);
    usage = trustedUsage({ inputTokens: tokens, outputTokens: 0 }, { sent, came: "", estimate: worst }).usage;
    return { ok: true, vectors, tokens: usage.inputTokens, costUsd: costUsd(rates, usage) };
  } catch (thrown) {
    if (!(thrown instanceof ModelFault)) throw thrown;
    if (thrown.spent === "nothing") usage = { inputTokens: 0, outputTokens: 0 };
    return { fault: thrown };
  } finally {
    await ports.purse.settle(reserved.reservation, { tokens: usage.inputTokens, costUsd: costUsd(rates, usage) });
  }
}

async function post({ candidate, endpoint, ports, settings, signal }: Asked, texts: readonly string[]): Promise<{ vectors: Float32Array[]; tokens: unknown }> {
  const { url, key } = endpoint;
  const headers = {
    "content-type": "application/json",
    accept: "application/json",
    "accept-encoding": "identity",
    "user-agent": "agentctl",
    ...(key !== undefined && { authorization: `Bearer ${key}` }),
  };
  const { timeoutMs, silenceMs } = settings;
  using wire = openWire({ timeoutMs, silenceMs, origin: url.origin, headers, signal, fetch: ports.fetch ?? fetch, clock: ports.clock ?? systemClock });
  let body: string;
  try {
    const request = JSON.stringify({ model: candidate.name, input: texts, encoding_format: "float" });
    const response = await wire.fetch(`${url.href.replace(/\/+$/, "")}/embeddings`, { method: "POST", body: request });
    body = await response.text();
  } catch (thrown) {
    signal.throwIfAborted();
    throw wire.fault() ?? faultOf(thrown);
  }
  return embedReply(body, texts.length);
}
