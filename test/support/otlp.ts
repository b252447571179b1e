import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

/** A span as it came, attributes as plain values. */
export interface ReadSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  name: string;
  kind: number;
  startNano: bigint;
  endNano: bigint;
  attributes: Record<string, unknown>;
  events: { name: string; attributes: Record<string, unknown> }[];
  status: { code?: number; message?: string };
}

/** Reads a body of POST /v1/traces by the rules of the JSON encoding of trace_service.proto; what does not fit throws. */
export function readOtlp(body: unknown): ReadSpan[] {
  const spans = list(only(body, ["resourceSpans"])["resourceSpans"]).flatMap((group) => {
    const { resource, scopeSpans } = only(group, ["resource", "scopeSpans", "schemaUrl"]);
    const { "service.name": service } = readAttributes(only(resource, ["attributes", "droppedAttributesCount"])["attributes"]);
    if (typeof service !== "string" || service === "") throw new Error("a resource without service.name");
    return list(scopeSpans).flatMap((scoped) => {
      const { scope, spans: of } = only(scoped, ["scope", "spans", "schemaUrl"]);
      text(only(scope, ["name", "version", "attributes"])["name"]);
      return list(of).map(readSpan);
    });
  });
  const ids = spans.map(({ traceId, spanId }) => traceId + spanId);
  if (new Set(ids).size < ids.length) throw new Error("two spans with one id");
  return spans;
}

const spanMembers = [
  "traceId",
  "spanId",
  "parentSpanId",
  "name",
  "kind",
  "startTimeUnixNano",
  "endTimeUnixNano",
  "attributes",
  "events",
  "links",
  "status",
  "flags",
  "traceState",
];

function readSpan(value: unknown): ReadSpan {
  const span = only(value, spanMembers);
  const [startNano, endNano] = [nano(span["startTimeUnixNano"]), nano(span["endTimeUnixNano"])];
  if (endNano < startNano) throw new Error("a span that ends before it starts");
  const { kind } = span;
  if (typeof kind !== "number" || !Number.isInteger(kind) || kind < 0 || kind > 5) throw new Error(`no kind: ${String(kind)}`);
  const status = only(span["status"] ?? {}, ["code", "message"]) as ReadSpan["status"];
  if (![undefined, 0, 1, 2].includes(status.code)) throw new Error(`no status: ${String(status.code)}`);
  return {
    traceId: hex(span["traceId"], 16),
    spanId: hex(span["spanId"], 8),
    parentSpanId: span["parentSpanId"] === undefined ? undefined : hex(span["parentSpanId"], 8),
    name: text(span["name"]),
    kind,
    startNano,
    endNano,
    attributes: readAttributes(span["attributes"] ?? []),
    events: list(span["events"] ?? []).map((event) => {
      const { timeUnixNano, name, attributes } = only(event, ["timeUnixNano", "name", "attributes", "droppedAttributesCount"]);
      nano(timeUnixNano);
      return { name: text(name), attributes: readAttributes(attributes ?? []) };
    }),
    status,
  };
}

function readAttributes(value: unknown): Record<string, unknown> {
  const pairs = list(value).map((pair): [string, unknown] => {
    const { key, value: of } = only(pair, ["key", "value"]);
    return [text(key), readValue(of)];
  });
  if (new Set(pairs.map(([key]) => key)).size < pairs.length) throw new Error("an attribute twice");
  return Object.fromEntries(pairs);
}

function readValue(value: unknown): unknown {
  const [kind, ...more] = Object.keys(only(value, ["stringValue", "boolValue", "intValue", "doubleValue", "arrayValue"]));
  const of = (value as Record<string, unknown>)[kind ?? ""];
  if (more.length > 0) throw new Error("a value of two kinds");
  if (kind === "stringValue" && typeof of === "string") return of;
  if (kind === "boolValue" && typeof of === "boolean") return of;
  if (kind === "doubleValue" && typeof of === "number") return of;
  // 64-bit numbers are text.
  if (kind === "intValue" && typeof of === "string" && /^-?\d{1,19}$/.test(of)) return Number(of);
  if (kind === "arrayValue") return list(only(of, ["values"])["values"]).map(readValue);
  throw new Error(`no value: ${JSON.stringify(value)}`);
}

function only(value: unknown, names: readonly string[]): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error(`no message: ${JSON.stringify(value)}`);
  const unknown = Object.keys(value).filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`no such member: ${unknown.join(", ")}`);
  return value as Record<string, unknown>;
}

function list(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new Error(`no list: ${JSON.stringify(value)}`);
  return value;
}

function text(value: unknown): string {
  if (typeof value !== "string" || value === "") throw new Error(`no text: ${JSON.stringify(value)}`);
  return value;
}

function hex(value: unknown, bytes: number): string {
  if (typeof value !== "string" || !new RegExp(`^[0-9a-f]{${bytes * 2}}$`).test(value) || /^0+$/.test(value))
    throw new Error(`no id: ${JSON.stringify(value)}`);
  return value;
}

function nano(value: unknown): bigint {
  if (typeof value !== "string" || !/^\d{1,20}$/.test(value)) throw new Error(`no time: ${JSON.stringify(value)}`);
  return BigInt(value);
}

export interface OtlpServer {
  url: string;
  port: number;
  requests: { path: string; headers: IncomingHttpHeaders; spans: ReadSpan[] }[];
  close(): Promise<void>;
}

/** A receiver of traces. It answers what `answers` has next, and 200 after that; a body that is not OTLP gets 400. */
export async function otlpServer(answers: { status: number; headers?: Record<string, string>; body?: string }[] = []): Promise<OtlpServer> {
  const requests: OtlpServer["requests"] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      const next = answers.shift();
      try {
        requests.push({ path: request.url ?? "", headers: request.headers, spans: readOtlp(JSON.parse(body)) });
        response.writeHead(next?.status ?? 200, { "content-type": "application/json", ...next?.headers }).end(next?.body ?? "{}");
      } catch (error) {
        response.writeHead(400).end(String(error));
      }
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  };
  return { url: `http://127.0.0.1:${port}`, port, requests, close };
}
