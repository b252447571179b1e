import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A server on 127.0.0.1 that answers every chat completion with `text`, streamed in OpenAI's form. `url` is its base URL. */
export async function chatServer(text: string): Promise<{ url: string; close(): Promise<void> }> {
  const base = { id: "bench", object: "chat.completion.chunk", created: 0, model: "small" };
  const usage = { prompt_tokens: 20, completion_tokens: 2, total_tokens: 22 };
  const chunks = [
    { ...base, choices: [{ index: 0, delta: { role: "assistant", content: text }, finish_reason: null }] },
    { ...base, choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
    { ...base, choices: [], usage },
  ];
  const body = [...chunks.map((chunk) => JSON.stringify(chunk)), "[DONE]"].map((data) => `data: ${data}\n\n`).join("");
  const server = createServer((request, response) => {
    request.resume().once("end", () => response.writeHead(200, { "content-type": "text/event-stream" }).end(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
