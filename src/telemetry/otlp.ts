import { spanId, traceId } from "./trace-ids.ts";

/** Spans, and OTLP's JSON for them: lower camel case, ids in hex, 64-bit numbers as text, enums as numbers. Source: opentelemetry-proto, trace.proto. */

/** A number is an integer; one that is not is `{ double }`, so that an attribute keeps its type whatever its value. */
export type AttributeValue = string | number | boolean | readonly string[] | { double: number };
export type Attributes = Record<string, AttributeValue | undefined>;

export interface SpanEvent {
  name: string;
  atMs: number;
  attributes: Attributes;
}

export interface Span {
  /** Names it within its run; the root has none. */
  key: string;
  /** Key of the span that it is part of; undefined for the root. */
  parent: string | undefined;
  name: string;
  kind: "internal" | "client";
  startMs: number;
  endMs: number;
  attributes: Attributes;
  events: SpanEvent[];
  /** Undefined where it went well; then nothing is said of its status, as instrumentation should. */
  error?: string | undefined;
}

/** A run with its spans. */
export interface Trace {
  run: string;
  spans: readonly Span[];
}

/** Characters of a text in an attribute; what is longer is cut. */
const textMax = 16_384;
const statusError = 2;
const kinds = { internal: 1, client: 3 } as const;

/** Bodies of POST /v1/traces with at most `spansMax` spans each; `resource` says what made them. */
export function otlpRequests(
  traces: readonly Trace[],
  { resource, version, spansMax = 200 }: { resource: Attributes; version: string; spansMax?: number },
): object[] {
  const spans = traces.flatMap((trace) => trace.spans.map((span) => spanJson(trace.run, span)));
  return Array.from({ length: Math.ceil(spans.length / spansMax) }, (_, index) => ({
    resourceSpans: [
      {
        resource: { attributes: attributesJson(resource) },
        scopeSpans: [{ scope: { name: "agentctl", version }, spans: spans.slice(index * spansMax, (index + 1) * spansMax) }],
      },
    ],
  }));
}

function spanJson(run: string, { key, parent, name, kind, startMs, endMs, attributes, events, error }: Span): object {
  return {
    traceId: traceId(run),
    spanId: spanId(run, key),
    ...(parent !== undefined && { parentSpanId: spanId(run, parent) }),
    name: cut(name),
    kind: kinds[kind],
    startTimeUnixNano: nanoText(startMs),
    endTimeUnixNano: nanoText(Math.max(startMs, endMs)),
    attributes: attributesJson(attributes),
    events: events.map((event) => ({ timeUnixNano: nanoText(event.atMs), name: event.name, attributes: attributesJson(event.attributes) })),
    status: error === undefined ? {} : { code: statusError, message: cut(error) },
  };
}

function attributesJson(attributes: Attributes): object[] {
  return Object.entries(attributes).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value: valueJson(value) }]));
}

function valueJson(value: AttributeValue): object {
  if (typeof value === "string") return { stringValue: cut(value) };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number") return { intValue: String(Math.round(value)) };
  if (Array.isArray(value)) return { arrayValue: { values: value.map((item) => ({ stringValue: cut(String(item)) })) } };
  // What stands outside its record is told by its reference.
  return "double" in value ? { doubleValue: value.double } : { stringValue: cut(JSON.stringify(value)) };
}

function nanoText(ms: number): string {
  return String(BigInt(Math.round(ms * 1000)) * 1000n);
}

function cut(text: string): string {
  return text.slice(0, textMax).toWellFormed();
}
