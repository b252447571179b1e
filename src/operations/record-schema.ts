import type { JsonSchema } from "../base/json-schema.ts";
import { isMapping } from "../base/mapping.ts";
import { eventSchemas } from "../event/events.ts";

const hash = { type: "string", pattern: "^[0-9a-f]{64}$" };

/** One line of a journal: an envelope whose data has the shape of its kind, large texts and free values kept apart. */
export const recordSchema: JsonSchema = {
  title: "One record of a journal",
  type: "object",
  additionalProperties: false,
  required: ["v", "run", "seq", "ts", "kind", "data", "prev", "hash"],
  properties: {
    v: { const: 1 },
    run: { type: "string" },
    seq: { type: "integer", minimum: 0, description: "from 0, without gaps" },
    ts: { type: "string", description: "RFC 3339 in UTC; order is by seq" },
    kind: { enum: Object.keys(eventSchemas) },
    data: { type: "object" },
    prev: { ...hash, description: "the hash of the record before; 64 zeros for the first" },
    hash: { ...hash, description: "over the canonical JSON of the record without this member" },
  },
  oneOf: Object.entries(eventSchemas).map(([kind, data]) => ({ properties: { kind: { const: kind }, data: withBodies(data) } })),
  $defs: {
    body: {
      type: "object",
      description: "stands for a value too large for its record, which is the file blobs/<$blob>",
      additionalProperties: false,
      required: ["$blob", "bytes", "head"],
      properties: { $blob: hash, bytes: { type: "integer" }, head: { type: "string" } },
    },
  },
};

/** The same schema, with a body allowed wherever a text or a free mapping may stand. */
function withBodies(schema: JsonSchema): JsonSchema {
  const { properties, items, type } = schema;
  if (isMapping(properties)) {
    return {
      ...schema,
      properties: Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, isMapping(inner) ? withBodies(inner) : inner])),
    };
  }
  if (isMapping(items)) return { ...schema, items: withBodies(items) };
  return type === "string" || type === "object" ? { anyOf: [schema, { $ref: "#/$defs/body" }] } : schema;
}
