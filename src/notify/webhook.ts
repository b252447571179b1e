import { createHmac } from "node:crypto";
import { isMapping } from "../base/mapping.ts";
import { fillPlaceholders } from "../base/placeholders.ts";
import { fieldsOf } from "./lay-out.ts";
import type { Channel, Message, Wire } from "./message.ts";

const textUnitsMax = 8000;

/**
 * A JSON body of one's own making. `x-agentctl-id` is the same when a message comes twice; with a secret, `x-agentctl-signature` is `sha256=` and the
 * HMAC-SHA256 of the body's bytes, in hex.
 */
export function webhookWire({ url, secret, headers = {}, template }: Extract<Channel, { type: "webhook" }>, message: Message): Wire {
  const fields = fieldsOf(message, textUnitsMax);
  const filled = template === undefined ? Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== "")) : fill(template, fields);
  const body = JSON.stringify(template === undefined ? { id: message.id, ...(filled as object) } : filled);
  const own = {
    "content-type": "application/json",
    "x-agentctl-id": message.id,
    ...(secret !== undefined && { "x-agentctl-signature": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}` }),
  };
  // Names of headers know no case.
  const theirs = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return { url, headers: { ...Object.fromEntries(theirs.filter(([name]) => !name.startsWith("x-agentctl-"))), ...own }, body };
}

/** Every text in it, whatever holds it; a value cannot leave the text that it stands in. */
function fill(value: unknown, fields: Readonly<Record<string, string>>): unknown {
  if (typeof value === "string") return fillPlaceholders(value, fields);
  if (Array.isArray(value)) return value.map((item) => fill(item, fields));
  return isMapping(value) ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, fill(member, fields)])) : value;
}
