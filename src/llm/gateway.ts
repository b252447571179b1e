import type { AskOptions, Model, ModelAnswer, ModelAttempt, ModelOutcome, ModelRequest } from "../agent/model.ts";
import { systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { asNumber } from "../policy/amounts.ts";
import { askModel, type ModelEnd } from "./ask-model.ts";
import { systemFraction, usualWaits } from "./backoff.ts";
import { cacheKey, keptAnswer, type KeptAnswer } from "./kept-answer.ts";
import { modelsFor, wantedModel, type Candidate } from "./choose-models.ts";
import { openProviders, type OpenProvider } from "./open-providers.ts";
import type { GatewayPorts } from "./ports.ts";
import { ratesOf } from "./prices.ts";
import type { ModelSettings } from "./settings.ts";
import { tidyText } from "./tidy-text.ts";

export interface GatewayOptions {
  settings: ModelSettings;
  ports: GatewayPorts;
}

/** What the models of one request have come to so far. */
interface Tally {
  attempts: ModelAttempt[];
  inputTokens: number;
  outputTokens: number;
  costMicros: bigint;
  limit?: string | undefined;
  /** How each model ended, without its earlier tries. */
  ends: ModelAttempt[];
}

/**
 * The port `Model` over what the settings name: the models of a tier one after the other, each with retries, until one answers. Usage and cost of an answer
 * are those of all tries. Rejects for an aborted signal, what the ports throw, and settings that cannot be used (`llm/…`, `base/bad-document`).
 */
export function openGateway({ settings, ports }: GatewayOptions): Model {
  const providers = openProviders(settings, ports);
  return {
    async ask(given, options) {
      options.signal.throwIfAborted();
      const request = wellFormed(given);
      const tally: Tally = { attempts: [], inputTokens: 0, outputTokens: 0, costMicros: 0n, ends: [] };
      for (const candidate of modelsFor(settings, wantedModel(settings, request))) {
        const answer = await askCandidate({ settings, ports, providers }, candidate, request, options, tally);
        if (answer !== undefined) return { ok: true, answer };
      }
      return noAnswer(tally);
    },
  };
}

type Opened = GatewayOptions & { providers: (candidate: Candidate) => Promise<OpenProvider> };

async function askCandidate(opened: Opened, candidate: Candidate, request: ModelRequest, options: AskOptions, tally: Tally): Promise<ModelAnswer | undefined> {
  const { settings, ports, providers } = opened;
  const clock = ports.clock ?? systemClock;
  let open: OpenProvider;
  try {
    open = await providers(candidate);
  } catch (thrown) {
    if (!(thrown instanceof AgentctlError) || thrown.code !== "llm/no-key") throw thrown;
    const attempt: ModelAttempt = { model: candidate.id, outcome: "error", why: thrown.message, durationMs: 0 };
    tally.attempts.push(attempt);
    tally.ends.push(attempt);
    return undefined;
  }
  const tidy = tidyText(ports.mask, open.key);
  const key = cacheKey(settings, candidate, request, open.provider.address !== undefined);
  const cached = key === undefined ? undefined : await fromCache(opened, candidate, open, key);
  if (cached !== undefined) {
    if (cached.text !== "") options.onText?.(cached.text);
    tally.attempts.push({ model: candidate.id, outcome: "ok", why: "from the cache", durationMs: 0 });
    return answerOf(cached, candidate, tally, true);
  }
  const rates = await ratesOf(settings, candidate, open.baseUrl, clock.nowMs());
  const end = await askModel(
    { candidate, provider: open.provider, rates, request, ports, clock, tidy, options },
    { retries: settings.retries, waits: ports.waits ?? usualWaits, chance: ports.chance ?? systemFraction },
  );
  add(tally, end);
  if (end.answer === undefined) return undefined;
  const { text, thinking, toolCalls, finish } = end.answer;
  const kept: KeptAnswer = { text, ...(thinking !== undefined && { thinking }), toolCalls, finish };
  if (key !== undefined) await ports.cache?.put(key, kept, settings.cacheTtlMs);
  return answerOf(kept, candidate, tally, false);
}

/** A model that policy denies does not answer from the cache either. */
async function fromCache({ ports }: Opened, candidate: Candidate, { provider }: OpenProvider, key: string): Promise<KeptAnswer | undefined> {
  const kept = keptAnswer(await ports.cache?.get(key));
  if (kept === undefined || provider.address === undefined) return undefined;
  const permit = await ports.permit({ model: candidate.id, ...provider.address });
  return permit.allowed ? kept : undefined;
}

function add(tally: Tally, end: ModelEnd): void {
  tally.attempts.push(...end.attempts);
  tally.ends.push(...end.attempts.slice(-1));
  tally.inputTokens += end.usage.inputTokens;
  tally.outputTokens += end.usage.outputTokens;
  tally.costMicros += end.costMicros;
  tally.limit ??= end.limit;
}

function answerOf(kept: KeptAnswer, candidate: Candidate, tally: Tally, cached: boolean): ModelAnswer {
  const { inputTokens, outputTokens, costMicros, attempts } = tally;
  return { ...kept, usage: { inputTokens, outputTokens }, costUsd: asNumber("costUsd", costMicros), model: candidate.id, cached, attempts };
}

/** A limit that kept a model from being asked speaks first; a denial only when all were denied, time only when it was what all others lacked. */
function noAnswer({ ends, limit, attempts }: Tally): ModelOutcome {
  const why = ends.map(({ model, why: said, outcome }) => `${model}: ${said ?? outcome}`).join("; ");
  if (limit !== undefined) return { ok: false, outcome: "budget", why, limit, attempts };
  const asked = ends.filter(({ outcome }) => outcome !== "denied");
  if (asked.length === 0) return { ok: false, outcome: "denied", why, attempts };
  return { ok: false, outcome: asked.every(({ outcome }) => outcome === "timeout") ? "timeout" : "failed", why, attempts };
}

/** Half a character pair is refused by servers, and has no digest. */
function wellFormed(request: ModelRequest): ModelRequest {
  return { ...request, messages: request.messages.map((message) => ({ ...message, text: message.text.toWellFormed() })) };
}
