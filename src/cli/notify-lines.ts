import type { ExitName } from "../base/errors.ts";
import type { NotificationList } from "../operations/list-notifications.ts";
import type { SentNotification } from "../operations/send-notification.ts";
import { table } from "./table.ts";

/** Channels first, then what waits, was given up or denied. */
export function notifyLines({ channels, notifications }: NotificationList): string[] {
  const ways = channels.map(({ name, type, host = "-", on, problem }) => ({ channel: name, type, host, on: on.join(","), state: problem ?? "ready" }));
  const messages = notifications.map(({ notification, state, channel, topic, title, tries, queued, error }) => ({
    notification,
    state: state === "queued" ? "waits" : state === "failed" ? "given up" : state,
    channel: channel || "-",
    topic,
    title,
    queued: queued.slice(0, 19),
    tries: String(tries),
    why: error || "-",
  }));
  return [
    ...(ways.length === 0 ? [] : table(ways, ["channel", "type", "host", "on", "state"])),
    ...(messages.length === 0 ? [] : ["", ...table(messages, ["notification", "state", "channel", "topic", "title", "queued", "tries", "why"])]),
  ];
}

/** What became of one message. */
export function sentLine({ channel, state, why, run }: SentNotification): string {
  return [`${state}  ${channel}`, why, run].filter((word) => word !== undefined).join("  ");
}

export function sentExit({ state }: SentNotification): ExitName {
  return state === "sent" ? "done" : state === "denied" ? "denied" : "failed";
}
