import { openaiReply } from "./openai-reply.ts";
import { openaiRequest } from "./openai-messages.ts";
import { faultOf, ModelFault } from "./fault.ts";
import { lineTeller } from "./line-teller.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Provider, ProviderAnswer, ProviderOptions, ProviderRequest } from "./provider.ts";
import { openWire, type WireOptions } from "./wire.ts";

/** What every provider over HTTP is given. */
export type HttpOptions = Pick<WireOptions, "timeoutMs" | "silenceMs" | "fetch" | "clock">;

/** Any endpoint that speaks OpenAI's chat completions. */
export function openaiProvider(endpoint: Endpoint, http: HttpOptions): Provider {
  const { url, host, port, key } = endpoint;
  const headers = {
    "content-type": "application/json",
    accept: "text/event-stream",
    "accept-encoding": "identity",
    "user-agent": "agentctl",
    ...(key !== undefined && { authorization: `Bearer ${key}` }),
  };
  const ask = async (request: ProviderRequest, options: ProviderOptions): Promise<ProviderAnswer> => {
    const { APIConnectionError, APIError, OpenAI } = await import("openai");
    options.signal.throwIfAborted();
    using wire = openWire({ ...http, origin: url.origin, headers, signal: options.signal });
    // The library reads variables of the environment for what is left out here, headers among them; so it gets no key, and its headers are not sent.
    const client = new OpenAI({
      baseURL: url.href,
      apiKey: "none",
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      maxRetries: 0,
      timeout: http.timeoutMs,
      logLevel: "off",
      fetch: wire.fetch,
    });
    const lines = lineTeller(options.onText);
    const reply = openaiReply(lines.take);
    try {
      const stream = await client.chat.completions.create(openaiRequest(request, host), { signal: wire.signal });
      for await (const chunk of stream) reply.take(chunk);
    } catch (thrown) {
      options.signal.throwIfAborted();
      const said = thrown instanceof APIError && !(thrown instanceof APIConnectionError);
      throw wire.fault() ?? (said ? new ModelFault("error", `it ends its reply with an error: ${thrown.message}`, { passes: true }) : faultOf(thrown));
    }
    // The library ends a stream that was aborted as if it were whole.
    options.signal.throwIfAborted();
    const fault = wire.fault();
    if (fault !== undefined) throw fault;
    const answer = reply.end();
    lines.end();
    return answer;
  };
  return { address: { host, port }, ask };
}
