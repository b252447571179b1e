import { isMapping } from "../base/mapping.ts";
import { jsonOf } from "./json-answer.ts";
import { layOut } from "./lay-out.ts";
import type { Channel, Delivery, Message, Wire } from "./message.ts";
import type { PostAnswer } from "./post.ts";

/** Bot API, `sendMessage`: at most 4096 characters; without `parse_mode` the text is taken literally. */
export function telegramWire({ apiUrl, token, chat, template }: Extract<Channel, { type: "telegram" }>, message: Message): Wire {
  return {
    url: `${apiUrl.replace(/\/+$/, "")}/bot${token}/sendMessage`,
    headers: { "content-type": "application/json" },
    // A preview would be fetched by the service: whoever writes a link could so learn what a model read.
    body: JSON.stringify({ chat_id: chat, text: layOut(message, template, 4096), link_preview_options: { is_disabled: true } }),
  };
}

/** What an answer means: `ok` in the body counts, and how long to wait stands there too. */
export function telegramDelivery({ status, body }: PostAnswer): Delivery | undefined {
  const answer = jsonOf(body);
  if (status === 200) return answer?.["ok"] === true ? { state: "sent" } : { state: "later", why: "answered 200 without ok" };
  const why = `answered ${status}: ${String(answer?.["description"] ?? "nothing")}`;
  if (status !== 429) return answer === undefined ? undefined : { state: status >= 500 ? "later" : "refused", why };
  const parameters = answer?.["parameters"];
  const seconds = isMapping(parameters) ? parameters["retry_after"] : undefined;
  return { state: "later", why, ...(typeof seconds === "number" && { afterMs: seconds * 1000 }) };
}
