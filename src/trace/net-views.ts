import { ofKind, text, typed } from "./event-sql.ts";
import type { View } from "./views.ts";

const netRequests: View = {
  name: "net_requests",
  about: "one row a request that left a container, or wanted to; run is the agent's whole run where there is one, part the run that it was made in",
  columns: [
    ["run", "VARCHAR"],
    ["part", "VARCHAR"],
    ["key", "VARCHAR"],
    ["ts", "TIMESTAMP"],
    ["outcome", "VARCHAR"],
    ["method", "VARCHAR"],
    ["host", "VARCHAR"],
    ["port", "INTEGER"],
    ["path", "VARCHAR"],
    ["sni", "VARCHAR"],
    ["address", "VARCHAR"],
    ["status", "INTEGER"],
    ["bytes_up", "BIGINT"],
    ["bytes_down", "BIGINT"],
    ["duration_ms", "DOUBLE"],
    ["why", "VARCHAR"],
  ],
  sql: `SELECT coalesce(a.root, n.run) AS run, n.run AS part, ${text("key")} AS key, n.ts AS ts, ${text("outcome")} AS outcome, ${text("method")} AS method,
    ${text("host")} AS host, ${typed("port", "INTEGER")} AS port, ${text("path")} AS path, ${text("sni")} AS sni, ${text("address")} AS address,
    ${typed("status", "INTEGER")} AS status, ${typed("bytesUp", "BIGINT")} AS bytes_up, ${typed("bytesDown", "BIGINT")} AS bytes_down,
    ${typed("durationMs", "DOUBLE")} AS duration_ms, ${text("why")} AS why
  FROM ${ofKind("net.requested")} n LEFT JOIN (SELECT run, ${text("root")} AS root FROM ${ofKind("agent.started")}) a ON a.run = n.run`,
};

export const netViews: readonly View[] = [netRequests];
