import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A call of a tool in a reply; `args` as a text is sent as it is, in pieces of `chunk` characters. */
export interface ServedCall {
  id?: string;
  tool: string;
  args: unknown;
}

/** One reply of the server, by the form that was asked for. */
export interface ServedReply {
  say?: string;
  think?: string;
  call?: readonly ServedCall[];
  /** Pieces of the calls in turn, as servers send them that write two at once. */
  interleaved?: boolean;
  /** Characters of a piece. Default: the whole text at once. */
  chunk?: number;
  /** Default: by the lengths of the texts; null sends none. */
  usage?: { input: unknown; output: unknown } | null;
  /** Of every token, for those who ask for probabilities. */
  logprob?: number;
  refusal?: string;
  /** Default: stop, or tool_calls; in Anthropic's form their names for them. */
  finish?: string;
  fault?: ServedFault;
}

export type ServedFault =
  /** The status, with `Retry-After` in the words given; `{key}` in the body is the key that came. */
  | { kind: "status"; status: number; retryAfter?: string; body?: string }
  | { kind: "redirect"; to: string }
  /** The connection is reset before anything is answered. */
  | { kind: "reset" }
  /** Half of the events, then the end of the connection. */
  | { kind: "cut" }
  /** Half of the events, then a proper end. */
  | { kind: "ends-early" }
  /** The headers (or not even those), and then nothing more. */
  | { kind: "silence"; headers?: boolean }
  /** A byte at a time. */
  | { kind: "slow"; msPerByte: number }
  /** A good status and this body. */
  | { kind: "body"; body: string; type?: string }
  /** Events without end. */
  | { kind: "endless"; line: string }
  /** An error as an event in the middle. */
  | { kind: "error-event"; message: string };

export interface ServedRequest {
  /** Path and query. */
  path: string;
  headers: IncomingMessage["headers"];
  /** Parsed JSON. */
  body: Record<string, unknown>;
}

export interface ModelServer {
  /** `http://127.0.0.1:<port>`; the base URL of OpenAI's form is `<url>/v1`, that of Anthropic's is `<url>`. */
  url: string;
  port: number;
  /** All that came, in order. */
  requests: ServedRequest[];
  /** More replies, after those that are left. */
  add(...replies: ServedReply[]): void;
  close(): Promise<void>;
}

/**
 * A real server on 127.0.0.1 that speaks OpenAI's chat completions (`…/chat/completions`) and Anthropic's messages (`…/messages`), both streamed. It gives
 * the replies of the script in order; when they are used up, or with a function, what that makes of the request.
 */
export async function modelServer(script: readonly ServedReply[] | ((request: ServedRequest) => ServedReply)): Promise<ModelServer> {
  const left = typeof script === "function" ? [] : [...script];
  const server = createServer((request, response) => {
    void take(request, response);
  });
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = await readAll(request);
    const served: ServedRequest = { path: request.url ?? "", headers: request.headers, body: JSON.parse(text || "{}") as Record<string, unknown> };
    self.requests.push(served);
    const over: ServedReply = { fault: { kind: "status", status: 404, body: "the script is over" } };
    answer(request, response, served, left.shift() ?? (typeof script === "function" ? script(served) : over));
  };
  const self: ModelServer = {
    url: "",
    port: 0,
    requests: [],
    add: (...replies) => void left.push(...replies),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  self.port = (server.address() as AddressInfo).port;
  self.url = `http://127.0.0.1:${self.port}`;
  return self;
}

function answer(request: IncomingMessage, response: ServerResponse, served: ServedRequest, reply: ServedReply): void {
  const events = served.path.endsWith("/messages") ? anthropicEvents(reply) : openaiEvents(reply, served.body);
  const { fault } = reply;
  response.on("error", () => undefined);
  if (fault?.kind === "status") {
    const key = String(request.headers["x-api-key"] ?? request.headers.authorization ?? "").replace("Bearer ", "");
    const body = (fault.body ?? JSON.stringify({ error: { message: `status ${fault.status}` } })).replaceAll("{key}", key);
    response
      .writeHead(fault.status, { "content-type": "application/json", ...(fault.retryAfter !== undefined && { "retry-after": fault.retryAfter }) })
      .end(body);
  } else if (fault?.kind === "redirect") response.writeHead(307, { location: fault.to }).end();
  else if (fault?.kind === "reset") request.socket.resetAndDestroy();
  else if (fault?.kind === "silence" && fault.headers === false) return;
  else stream(request, response, events, fault);
}

function stream(request: IncomingMessage, response: ServerResponse, events: readonly string[], fault: ServedFault | undefined): void {
  response.writeHead(200, { "content-type": fault?.kind === "body" ? (fault.type ?? "text/event-stream") : "text/event-stream" });
  const half = events.slice(0, Math.ceil(events.length / 2));
  if (fault === undefined) response.end(events.join(""));
  else if (fault.kind === "body") response.end(fault.body);
  else if (fault.kind === "cut") response.write(half.join(""), () => request.socket.destroy());
  else if (fault.kind === "ends-early") response.end(half.join(""));
  else if (fault.kind === "silence") response.flushHeaders();
  else if (fault.kind === "slow") drip(response, events.join(""), fault.msPerByte);
  else if (fault.kind === "endless") pour(response, fault.line);
  else if (fault.kind === "error-event") {
    response.end(`${half.join("")}event: error\ndata: ${JSON.stringify({ type: "error", error: { type: "overloaded_error", message: fault.message } })}\n\n`);
  }
}

function openaiEvents(reply: ServedReply, body: Record<string, unknown>): string[] {
  const base = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: body["model"] };
  const chunk = (delta: object, finish: string | null = null, logprobs?: object): string =>
    `data: ${JSON.stringify({ ...base, choices: [{ index: 0, delta, finish_reason: finish, ...(logprobs && { logprobs }) }] })}\n\n`;
  const asked = body["logprobs"] === true && reply.logprob !== undefined;
  const logprobs = (token: string): object | undefined => (asked ? { content: [{ token, logprob: reply.logprob, bytes: null, top_logprobs: [] }] } : undefined);
  const calls = (reply.call ?? []).map(({ id, tool, args }, index) => {
    const text = typeof args === "string" ? args : JSON.stringify(args);
    const [head, ...rest] = pieces(text, reply.chunk);
    return [
      chunk({ tool_calls: [{ index, id: id ?? `call_s${index}`, type: "function", function: { name: tool, arguments: head ?? "" } }] }),
      ...rest.map((piece) => chunk({ tool_calls: [{ index, function: { arguments: piece } }] })),
    ];
  });
  const usage = usageOf(reply, JSON.stringify(body["messages"]));
  return [
    chunk({ role: "assistant", content: "" }),
    ...pieces(reply.think ?? "", reply.chunk).map((piece) => chunk({ reasoning_content: piece })),
    ...pieces(reply.say ?? "", reply.chunk).map((piece) => chunk({ content: piece }, null, logprobs(piece))),
    ...(reply.refusal === undefined ? [] : [chunk({ refusal: reply.refusal })]),
    ...(reply.interleaved === true ? zipped(calls) : calls.flat()),
    chunk({}, reply.finish ?? (calls.length > 0 ? "tool_calls" : "stop")),
    ...(usage === undefined
      ? []
      : [`data: ${JSON.stringify({ ...base, choices: [], usage: { prompt_tokens: usage.input, completion_tokens: usage.output } })}\n\n`]),
    "data: [DONE]\n\n",
  ];
}

function anthropicEvents(reply: ServedReply): string[] {
  const event = (type: string, data: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
  const usage = usageOf(reply, "");
  const blocks: { start: object; deltas: object[] }[] = [];
  if (reply.think !== undefined) {
    blocks.push({
      start: { type: "thinking", thinking: "" },
      deltas: pieces(reply.think, reply.chunk).map((thinking) => ({ type: "thinking_delta", thinking })),
    });
  }
  if (reply.say !== undefined) {
    blocks.push({ start: { type: "text", text: "" }, deltas: pieces(reply.say, reply.chunk).map((text) => ({ type: "text_delta", text })) });
  }
  for (const [index, { id, tool, args }] of (reply.call ?? []).entries()) {
    const text = typeof args === "string" ? args : JSON.stringify(args);
    const deltas = pieces(text, reply.chunk).map((piece) => ({ type: "input_json_delta", partial_json: piece }));
    blocks.push({ start: { type: "tool_use", id: id ?? `toolu_${index}`, name: tool, input: {} }, deltas });
  }
  const told = blocks.map(({ start, deltas }, index) => [
    event("content_block_start", { index, content_block: start }),
    ...deltas.map((delta) => event("content_block_delta", { index, delta })),
    event("content_block_stop", { index }),
  ]);
  const stop = reply.finish ?? (reply.refusal === undefined ? ((reply.call ?? []).length > 0 ? "tool_use" : "end_turn") : "refusal");
  return [
    event("message_start", {
      message: { id: "msg_1", type: "message", role: "assistant", content: [], usage: { input_tokens: usage?.input, output_tokens: 1 } },
    }),
    event("ping", {}),
    ...(reply.interleaved === true ? zipped(told) : told.flat()),
    event("message_delta", {
      delta: { stop_reason: stop, ...(reply.refusal !== undefined && { stop_details: { type: "refusal", explanation: reply.refusal } }) },
      ...(usage !== undefined && { usage: { output_tokens: usage.output } }),
    }),
    event("message_stop", {}),
  ];
}

function usageOf(reply: ServedReply, sent: string): { input: unknown; output: unknown } | undefined {
  if (reply.usage === null) return undefined;
  const came = `${reply.say ?? ""}${reply.think ?? ""}${JSON.stringify(reply.call ?? "")}`;
  return reply.usage ?? { input: Math.ceil(sent.length / 4) + 10, output: Math.ceil(came.length / 4) + 1 };
}

function pieces(text: string, size = Number.MAX_SAFE_INTEGER): string[] {
  const found: string[] = [];
  for (let at = 0; at < text.length; at += size) found.push(text.slice(at, at + size));
  return found;
}

function zipped(lists: readonly (readonly string[])[]): string[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, index) => lists.flatMap((list) => list.slice(index, index + 1))).flat();
}

async function readAll(request: IncomingMessage): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of request) parts.push(part as Uint8Array);
  return Buffer.concat(parts).toString("utf8");
}

function drip(response: ServerResponse, text: string, msPerByte: number): void {
  let sent = 0;
  const timer = setInterval(() => {
    if (sent >= text.length || response.destroyed) {
      clearInterval(timer);
      response.end();
      return;
    }
    response.write(text[sent]);
    sent += 1;
  }, msPerByte);
}

function pour(response: ServerResponse, line: string): void {
  const more = (): void => {
    while (!response.destroyed && response.write(line));
  };
  response.on("drain", more);
  more();
}
