import type { EventData } from "../event/events.ts";
import { joined, named, said } from "./timeline-words.ts";

/** Words for what people were told, or not. */
export const notifyWording: { [K in "notify.sent" | "notify.failed"]: (data: EventData[K]) => string } = {
  "notify.sent": ({ notification, channel, topic, about, tries }) =>
    joined([
      `${named(notification)}  ${named(topic)} to ${named(channel)}`,
      about !== undefined && `about ${named(about)}`,
      tries > 1 && `after ${tries} tries`,
    ]),
  "notify.failed": ({ notification, channel, topic, about, state, tries, why }) =>
    joined([
      `${named(notification)}  ${named(topic)} to ${named(channel)} ${state === "denied" ? "denied by policy" : "given up"}`,
      about !== undefined && `about ${named(about)}`,
      state === "failed" && `after ${tries} ${tries === 1 ? "try" : "tries"}`,
      said(why, 200),
    ]),
};
