import { ofKind, text, typed } from "./event-sql.ts";
import type { View } from "./views.ts";

const autonomy: View = {
  name: "autonomy",
  about: "one row a level that an agent lost in a class by what it did; what counts now, agentctl agent autonomy says",
  columns: [
    ["run", "VARCHAR"],
    ["seq", "BIGINT"],
    ["ts", "TIMESTAMP"],
    ["agent", "VARCHAR"],
    ["class", "VARCHAR"],
    ["level_from", "INTEGER"],
    ["level_to", "INTEGER"],
    ["breach", "VARCHAR"],
    ["terms", "VARCHAR"],
  ],
  sql: `SELECT run, seq, ts, ${text("agent")} AS agent, ${text("class")} AS "class", ${typed("from", "INTEGER")} AS level_from, ${typed("to", "INTEGER")} AS level_to,
    ${text("breach")} AS breach, ${text("terms")} AS terms
  FROM ${ofKind("autonomy.lowered")}`,
};

export const autonomyViews: readonly View[] = [autonomy];
