import { text, typed } from "./event-sql.ts";
import type { View } from "./views.ts";

const notifications: View = {
  name: "notifications",
  about: "one row a message that a service took (sent), that was given up (failed) or denied; run is the one that sent it, about the one in which it came up",
  columns: [
    ["run", "VARCHAR"],
    ["ts", "TIMESTAMP"],
    ["notification", "VARCHAR"],
    ["state", "VARCHAR"],
    ["channel", "VARCHAR"],
    ["topic", "VARCHAR"],
    ["about", "VARCHAR"],
    ["tries", "INTEGER"],
    ["why", "VARCHAR"],
  ],
  sql: `SELECT run, ts, ${text("notification")} AS notification, coalesce(${text("state")}, 'sent') AS state, ${text("channel")} AS channel, ${text("topic")} AS topic,
    ${text("about")} AS about, ${typed("tries", "INTEGER")} AS tries, ${text("why")} AS why
  FROM events WHERE kind IN ('notify.sent', 'notify.failed')`,
};

export const notifyViews: readonly View[] = [notifications];
