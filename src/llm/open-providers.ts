import { systemClock } from "../base/clock.ts";
import { anthropicProvider } from "./anthropic-provider.ts";
import type { Candidate } from "./choose-models.ts";
import { endpointOf } from "./endpoint.ts";
import { openaiProvider } from "./openai-provider.ts";
import type { GatewayPorts } from "./ports.ts";
import type { Provider } from "./provider.ts";
import type { ModelSettings } from "./settings.ts";
import { taggedProvider } from "./tagged-provider.ts";

export interface OpenProvider {
  provider: Provider;
  /** Of the API; undefined for those that never touch the network. */
  baseUrl: string | undefined;
  /** To be kept out of every text. */
  key: string | undefined;
}

/** The providers of the settings, each opened when it is first asked; so files are read and keys wanted only of those that are used. */
export function openProviders(settings: ModelSettings, ports: GatewayPorts): (candidate: Candidate) => Promise<OpenProvider> {
  const opened = new Map<string, Promise<OpenProvider>>();
  return (candidate) => {
    const { providerName } = candidate;
    const known = opened.get(providerName) ?? open(settings, ports, candidate);
    opened.set(providerName, known);
    return known;
  };
}

async function open(settings: ModelSettings, ports: GatewayPorts, { providerName, provider: given }: Candidate): Promise<OpenProvider> {
  if (given.kind === "recorded") {
    const { recordedProvider } = await import("./recorded.ts");
    return { provider: recordedProvider(providerName, given), baseUrl: undefined, key: undefined };
  }
  if (given.kind === "scripted") {
    const { scriptedProvider } = await import("./scripted.ts");
    return { provider: scriptedProvider(providerName, given, settings.silenceMs), baseUrl: undefined, key: undefined };
  }
  const endpoint = endpointOf(providerName, given, ports.env);
  const { timeoutMs, silenceMs } = settings;
  const http = { timeoutMs, silenceMs, fetch: ports.fetch ?? fetch, clock: ports.clock ?? systemClock };
  const native = given.kind === "anthropic" ? anthropicProvider(endpoint, http) : openaiProvider(endpoint, http);
  return { provider: given.toolCalls === "tags" ? taggedProvider(native) : native, baseUrl: endpoint.url.href, key: endpoint.key };
}
