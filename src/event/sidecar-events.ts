import type { FromSchema } from "json-schema-to-ts";

/** A run is in a lane from here on, in all its parts: it has to do with the sidecar, or with what untrusted skills made, never with both. */
export const laneClaimed = {
  type: "object",
  additionalProperties: false,
  required: ["root", "lane", "why"],
  properties: {
    root: { type: "string" },
    lane: { enum: ["sidecar", "untrusted"] },
    why: { type: "string" },
  },
} as const;

/** The intent: on disk before the kernel's container starts. */
export const sidecarStarted = {
  type: "object",
  additionalProperties: false,
  required: ["sidecar", "root", "image", "limits"],
  properties: {
    /** sc-…; its end carries the same. */
    sidecar: { type: "string" },
    root: { type: "string" },
    /** Image id, sha256:… */
    image: { type: "string" },
    limits: { type: "object" },
  },
} as const;

/** From here on its variables are gone. */
export const sidecarEnded = {
  type: "object",
  additionalProperties: false,
  required: ["sidecar", "root", "why", "cells", "durationMs"],
  properties: {
    sidecar: { type: "string" },
    root: { type: "string" },
    why: { enum: ["idle", "reset", "memory", "crash", "scratch-full", "run-ended", "stopped", "not-started"] },
    detail: { type: "string" },
    /** That it has executed. */
    cells: { type: "integer" },
    durationMs: { type: "number" },
  },
} as const;

export type LaneClaimed = FromSchema<typeof laneClaimed>;
export type SidecarStarted = FromSchema<typeof sidecarStarted>;
export type SidecarEnded = FromSchema<typeof sidecarEnded>;
