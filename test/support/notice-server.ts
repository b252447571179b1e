import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Notice {
  path: string;
  headers: IncomingMessage["headers"];
  /** As it came. */
  text: string;
  /** Parsed, where it is JSON. */
  body: Record<string, unknown>;
}

export type NoticeAnswer =
  | { status: number; headers?: Record<string, string>; body?: string }
  /** The connection is reset before anything is answered. */
  | "reset"
  /** Headers and then nothing more. */
  | "silence"
  /** A body without end. */
  | "endless";

export interface NoticeServer {
  /** `http://127.0.0.1:<port>` */
  url: string;
  /** All that came, in order. */
  notices: Notice[];
  /** Answers before those that the services themselves would give, one a request. */
  add(...answers: readonly NoticeAnswer[]): void;
  /** Resolves when so many have come. */
  came(count: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * A server that answers as the services do: `/bot<token>/sendMessage` as Telegram's Bot API, `/api/webhooks/<id>/<token>` as Discord, all else as a webhook.
 * What they would refuse (too long, no such chat) it refuses as they do.
 */
export async function noticeServer(...first: readonly NoticeAnswer[]): Promise<NoticeServer> {
  const answers = [...first];
  const notices: Notice[] = [];
  const waiting: { count: number; done(): void }[] = [];
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = (await Array.fromAsync(request as AsyncIterable<Buffer>)).join("");
    const notice = { path: request.url ?? "", headers: request.headers, text, body: jsonOf(text) };
    notices.push(notice);
    reply(answers.shift() ?? ofService(notice), response);
    for (const { count, done } of waiting) if (notices.length >= count) done();
  };
  const server = createServer((request, response) => void take(request, response));
  await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    notices,
    add: (...more) => void answers.push(...more),
    came: (count) => new Promise((done) => (notices.length >= count ? done() : void waiting.push({ count, done }))),
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function reply(answer: NoticeAnswer, response: ServerResponse): void {
  if (answer === "reset") response.socket?.resetAndDestroy();
  else if (answer === "silence") response.writeHead(200).flushHeaders();
  else if (answer === "endless") {
    response.writeHead(200);
    const more = (): void => void (response.destroyed || response.write("x".repeat(65_536), () => setImmediate(more)));
    more();
  } else response.writeHead(answer.status, answer.headers).end(answer.body ?? "");
}

function ofService({ path, body }: Notice): NoticeAnswer {
  const json = (status: number, value: unknown): NoticeAnswer => ({ status, headers: { "content-type": "application/json" }, body: JSON.stringify(value) });
  if (/^\/bot[^/]+\/sendMessage$/.test(path)) {
    if (String(body["text"] ?? "").length > 4096) return json(400, { ok: false, error_code: 400, description: "Bad Request: message is too long" });
    if (body["chat_id"] === undefined) return json(400, { ok: false, error_code: 400, description: "Bad Request: chat_id is empty" });
    return json(200, { ok: true, result: { message_id: 1, chat: { id: body["chat_id"] }, text: body["text"] } });
  }
  if (/^\/api\/webhooks\/[^/]+\/[^/?]+/.test(path)) {
    if (String(body["content"] ?? "").length > 2000) return json(400, { code: 50_035, message: "Invalid Form Body" });
    return path.includes("wait=true") ? json(200, { id: "1" }) : { status: 204 };
  }
  return { status: 202, body: "ok" };
}

function jsonOf(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
