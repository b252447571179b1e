import type { JsonSchema } from "../base/json-schema.ts";

export const channelTypes = ["telegram", "discord", "webhook"] as const;
export type ChannelType = (typeof channelTypes)[number];

/** What a channel can be told of. agent: what agents say by their tool `notify`. */
export const noticeTopics = ["approval", "budget", "halt", "incident", "run", "agent"] as const;
export type NoticeTopic = (typeof noticeTopics)[number];

/** What stands between braces in a template. */
export const noticeFields = ["title", "text", "run", "agent", "approval", "command", "topic", "time"] as const;

/** One entry of `notify.channels`, as it is written: texts still hold their `${VAR}`. */
export interface GivenChannel {
  type: ChannelType;
  on?: readonly NoticeTopic[];
  /** Of telegram: `${VAR}`. */
  token?: string;
  /** Of telegram: the chat's id, or @name. */
  chat?: string | number;
  /** Of telegram: a Bot API server of one's own. */
  apiUrl?: string;
  /** Of discord and webhook. */
  url?: string;
  /** Of webhook: signs the body; `${VAR}`. */
  secret?: string;
  /** Of webhook. */
  headers?: Readonly<Record<string, string>>;
  /** A text; of webhook a mapping, which becomes the body. */
  template?: string | Readonly<Record<string, unknown>>;
}

/** By the full key. */
export interface NotifyDocuments {
  "notify.channels": Readonly<Record<string, GivenChannel>>;
}

const text = { type: "string", minLength: 1, maxLength: 1024 } as const;

const channel = {
  type: "object",
  additionalProperties: false,
  required: ["type"],
  properties: {
    type: { enum: channelTypes, description: "Whose wire format it speaks." },
    on: {
      type: "array",
      items: { enum: noticeTopics },
      uniqueItems: true,
      description:
        "What it is told of. Without it: approval, budget, halt, incident. run: ends of agents' runs; agent: what agents send with their tool notify.",
    },
    token: { ...text, description: "Of telegram: the bot's token, as ${TELEGRAM_BOT_TOKEN}; never written out." },
    chat: { type: ["string", "integer"], maxLength: 128, description: "Of telegram: id of the chat, or @name of a channel." },
    apiUrl: { ...text, description: "Of telegram: a Bot API server of one's own. Default https://api.telegram.org." },
    url: { ...text, description: "Of discord: ${DISCORD_WEBHOOK_URL}. Of webhook: where the body is posted; what is secret in it as ${WEBHOOK_…}." },
    secret: { ...text, description: "Of webhook: signs the body with HMAC-SHA256 into x-agentctl-signature; as ${WEBHOOK_SECRET}." },
    headers: {
      type: "object",
      maxProperties: 16,
      additionalProperties: text,
      description: "Of webhook: further headers, e.g. authorization: Bearer ${NOTIFY_TOKEN}.",
    },
    template: {
      type: ["string", "object"],
      maxLength: 4096,
      maxProperties: 64,
      description:
        "A text with {title} {text} {run} {agent} {approval} {command} {topic} {time}; of webhook a mapping with such texts, which becomes the JSON body.",
    },
  },
} as const satisfies JsonSchema;

/** The schema of each document. */
export const notifySchemas = {
  "notify.channels": { type: "object", maxProperties: 32, additionalProperties: channel },
} as const satisfies Record<keyof NotifyDocuments, JsonSchema>;
