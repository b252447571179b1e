import type { FromSchema } from "json-schema-to-ts";

/** One request that left a container, or wanted to: what the proxy of the call says of it. */
export const netRequested = {
  type: "object",
  additionalProperties: false,
  required: ["key", "at", "outcome", "bytesUp", "bytesDown"],
  properties: {
    /** Of the call that it belongs to. */
    key: { type: "string" },
    /** When it began, RFC 3339 in UTC. */
    at: { type: "string" },
    /** `passed`: it was led on, and answered; `refused`: it may not pass; `failed`: it might, and could not; `cut`: the call was over before. */
    outcome: { enum: ["passed", "refused", "failed", "cut"] },
    /** What was wrong. */
    why: { type: "string" },
    /** CONNECT, or the method of a plain request; absent when it could not be read. */
    method: { type: "string" },
    host: { type: "string" },
    port: { type: "integer" },
    /** Of a plain request, without its query. */
    path: { type: "string" },
    /** The name in the TLS ClientHello. */
    sni: { type: "string" },
    /** That was connected to. */
    address: { type: "string" },
    /** Of a plain request the server's; of a CONNECT 200 when it was led on. */
    status: { type: "integer" },
    bytesUp: { type: "integer" },
    bytesDown: { type: "integer" },
    durationMs: { type: "number" },
  },
} as const;

export type NetRequested = FromSchema<typeof netRequested>;
