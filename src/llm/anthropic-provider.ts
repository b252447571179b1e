import { anthropicRequest } from "./anthropic-messages.ts";
import { anthropicReply } from "./anthropic-reply.ts";
import type { Endpoint } from "./endpoint.ts";
import { faultOf } from "./fault.ts";
import { lineTeller } from "./line-teller.ts";
import type { HttpOptions } from "./openai-provider.ts";
import type { Provider, ProviderAnswer, ProviderOptions, ProviderRequest } from "./provider.ts";
import { sseEvents } from "./sse.ts";
import { openWire } from "./wire.ts";

/** Anthropic's own Messages API, version 2023-06-01. */
export function anthropicProvider(endpoint: Endpoint, http: HttpOptions): Provider {
  const { url, host, port, key } = endpoint;
  const base = url.href.replace(/\/+$/, "");
  const target = base.endsWith("/v1") ? `${base}/messages` : `${base}/v1/messages`;
  const headers = {
    "content-type": "application/json",
    accept: "text/event-stream",
    "accept-encoding": "identity",
    "user-agent": "agentctl",
    "anthropic-version": "2023-06-01",
    ...(key !== undefined && { "x-api-key": key }),
  };
  const ask = async (request: ProviderRequest, options: ProviderOptions): Promise<ProviderAnswer> => {
    options.signal.throwIfAborted();
    using wire = openWire({ ...http, origin: url.origin, headers, signal: options.signal });
    const lines = lineTeller(options.onText);
    const reply = anthropicReply(lines.take);
    try {
      const { body } = await wire.fetch(target, { method: "POST", body: JSON.stringify(anthropicRequest(request)) });
      for await (const { event, data } of sseEvents(body ?? noBody())) {
        if (event !== "ping") reply.take(JSON.parse(data));
      }
    } catch (thrown) {
      options.signal.throwIfAborted();
      throw wire.fault() ?? faultOf(thrown);
    }
    const answer = reply.end();
    lines.end();
    return answer;
  };
  return { address: { host, port }, ask };
}

async function* noBody(): AsyncGenerator<Uint8Array> {}
