import type { FromSchema } from "json-schema-to-ts";

/** A service took a message. Recorded in the run of the process that sent it. */
export const notifySent = {
  type: "object",
  additionalProperties: false,
  required: ["notification", "channel", "topic", "tries"],
  properties: {
    /** n-… */
    notification: { type: "string" },
    channel: { type: "string" },
    /** approval, budget, halt, incident, run, agent. */
    topic: { type: "string" },
    /** The run in which it came up. */
    about: { type: "string" },
    tries: { type: "integer" },
  },
} as const;

/** A message that will not be sent: policy said no, or it was given up. */
export const notifyFailed = {
  ...notifySent,
  required: ["notification", "channel", "topic", "tries", "state", "why"],
  properties: { ...notifySent.properties, state: { enum: ["failed", "denied"] }, why: { type: "string" } },
} as const;

export type NotifySent = FromSchema<typeof notifySent>;
export type NotifyFailed = FromSchema<typeof notifyFailed>;
