import { afterEach } from "vitest";
import type { ModelOutcome, ModelRequest } from "../../src/agent/model.ts";
import type { ToolSpec } from "../../src/agent/message.ts";
import { openGateway } from "../../src/llm/gateway.ts";
import type { Destination, Estimate, GatewayPorts, Reserved } from "../../src/llm/ports.ts";
import type { ModelSettings, ProviderSettings } from "../../src/llm/settings.ts";
import { modelServer, type ModelServer, type ServedReply, type ServedRequest } from "../support/model-server.ts";

export const readFile: ToolSpec = {
  name: "read_file",
  description: "Reads a file.",
  parameters: { type: "object", properties: { path: { type: "string" } }, required: ["path"] },
};

const open: ModelServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

/** A server that is closed after the test. */
export async function serve(script: readonly ServedReply[] | ((request: ServedRequest) => ServedReply)): Promise<ModelServer> {
  const server = await modelServer(script);
  open.push(server);
  return server;
}

export interface Books {
  asked: Destination[];
  reserved: Estimate[];
  settled: { reservation: string; tokens: number; costUsd: number }[];
}

export interface TestGateway {
  books: Books;
  ask(request?: Partial<ModelRequest>, options?: { signal?: AbortSignal; onText?: (text: string) => void }): Promise<ModelOutcome>;
}

export const key = "sk-test-5e3c9a7712fd48ab";

/** A gateway whose tier `tier` has the model `m` of each of these providers, in order; times are short, waits a few milliseconds. */
export function gateway(
  providers: Record<string, ProviderSettings>,
  more: { settings?: Partial<ModelSettings>; ports?: Partial<GatewayPorts>; confidenceMin?: number; reserve?: (estimate: Estimate) => Reserved } = {},
): TestGateway {
  const books: Books = { asked: [], reserved: [], settled: [] };
  const settings: ModelSettings = {
    providers,
    tiers: { tier: { models: Object.keys(providers).map((name) => `${name}/m`), confidenceMin: more.confidenceMin } },
    roles: { planner: "tier", coder: "tier", critic: "tier" },
    prices: { "*": { inputUsd: 1, outputUsd: 2 } },
    timeoutMs: 20_000,
    silenceMs: 10_000,
    retries: 2,
    cacheTtlMs: 0,
    ...more.settings,
  };
  const ports: GatewayPorts = {
    permit: (to) => {
      books.asked.push(to);
      return { allowed: true };
    },
    purse: {
      reserve: (estimate) => {
        books.reserved.push(estimate);
        return more.reserve?.(estimate) ?? { granted: true, reservation: `b-${books.reserved.length}` };
      },
      settle: (reservation, spent) => void books.settled.push({ reservation, ...spent }),
    },
    env: { TEST_API_KEY: key },
    mask: (text) => text,
    waits: { firstMs: 2, mostMs: 50 },
    ...more.ports,
  };
  const model = openGateway({ settings, ports });
  return {
    books,
    ask: (request = {}, { signal = new AbortController().signal, onText } = {}) =>
      model.ask(
        {
          role: "coder",
          messages: [
            { role: "system", text: "You work." },
            { role: "user", text: "Say hello." },
          ],
          tools: [readFile],
          outputTokensMax: 100,
          ...request,
        },
        { signal, onText },
      ),
  };
}

export function openai(server: ModelServer, more: Partial<ProviderSettings> = {}): ProviderSettings {
  return { kind: "openai", baseUrl: `${server.url}/v1`, keyEnv: "TEST_API_KEY", ...more };
}

export function anthropic(server: ModelServer, more: Partial<ProviderSettings> = {}): ProviderSettings {
  return { kind: "anthropic", baseUrl: server.url, keyEnv: "TEST_API_KEY", ...more };
}

/** Outcomes of the tries, e.g. `error error ok`. */
export function tries(outcome: ModelOutcome): string {
  const attempts = outcome.ok ? outcome.answer.attempts : outcome.attempts;
  return attempts.map((attempt) => attempt.outcome).join(" ");
}

/** Every `why` of an outcome. */
export function whys(outcome: ModelOutcome): string {
  const attempts = outcome.ok ? outcome.answer.attempts : outcome.attempts;
  return [...attempts.map(({ why }) => why ?? ""), outcome.ok ? "" : outcome.why].join("\n");
}
