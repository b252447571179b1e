import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** The text of an entry, as a person would write it. */
export function note(title: string, body: string, more: { kind?: string; date?: string; tags?: string; lines?: string } = {}): string {
  const { kind = "lesson", date = "2026-11-01", tags = "", lines = "" } = more;
  return `---\nkind: ${kind}\ntitle: ${JSON.stringify(title)}\ndate: ${date}\ntags: [${tags}]\nsource: r-test\n${lines}---\n\n${body}\n`;
}

export interface EmbeddingServer {
  /** The base URL of OpenAI's form. */
  url: string;
  port: number;
  /** The texts that came, a list a request. */
  asked: string[][];
  keys: (string | undefined)[];
  /** Instead of an answer: a status, a body, or the connection is reset. Undefined answers again. */
  fault: { status: number } | { body: string } | "reset" | undefined;
  close(): Promise<void>;
}

const meanings: readonly (readonly string[])[] = [
  ["fee", "fees", "cost", "costs", "commission", "expensive"],
  ["gap", "missing", "hole", "feed", "data"],
  ["overfit", "overfitting", "luck", "trials", "variants"],
];

/** A server of embeddings whose vectors know three meanings: words of one meaning are near each other, whatever they are. */
export async function embeddingServer(): Promise<EmbeddingServer> {
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (piece: string) => (text += piece));
    request.on("end", () => {
      const { input } = JSON.parse(text) as { input: string[] };
      self.asked.push(input);
      self.keys.push(request.headers.authorization);
      const { fault } = self;
      if (fault === "reset") request.socket.resetAndDestroy();
      else if (request.url !== "/v1/embeddings") response.writeHead(404).end();
      else if (fault !== undefined && "status" in fault) response.writeHead(fault.status).end(JSON.stringify({ error: { message: `status ${fault.status}` } }));
      else {
        const data = input.map((each, index) => ({ object: "embedding", index, embedding: vectorOf(each) })).toReversed();
        const answer = JSON.stringify({ object: "list", data, model: "test", usage: { prompt_tokens: 40, total_tokens: 40 } });
        response.writeHead(200, { "content-type": "application/json" }).end(fault === undefined ? answer : fault.body);
      }
    });
  });
  const self: EmbeddingServer = {
    url: "",
    port: 0,
    asked: [],
    keys: [],
    fault: undefined,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  self.port = (server.address() as AddressInfo).port;
  self.url = `http://127.0.0.1:${self.port}/v1`;
  return self;
}

function vectorOf(text: string): number[] {
  const words = text.toLowerCase().match(/[a-z]+/g) ?? [];
  return [0.05, ...meanings.map((meaning) => words.filter((word) => meaning.includes(word)).length)];
}
