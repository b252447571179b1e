import { body, ofKind, text, typed } from "./event-sql.ts";
import type { View } from "./views.ts";

const lanes: View = {
  name: "lanes",
  about:
    "one row a run that has to do with the sidecar (lane sidecar) or with what untrusted skills made (untrusted), never with both; part is the run that claimed it",
  columns: [
    ["run", "VARCHAR"],
    ["part", "VARCHAR"],
    ["ts", "TIMESTAMP"],
    ["lane", "VARCHAR"],
    ["why", "VARCHAR"],
  ],
  sql: `SELECT ${text("root")} AS run, run AS part, ts, ${text("lane")} AS lane, ${body("why")} AS why FROM ${ofKind("lane.claimed")}`,
};

const sidecars: View = {
  name: "sidecars",
  about: "one row a Python kernel of a run; why says what ended it and is NULL while it lives",
  columns: [
    ["run", "VARCHAR"],
    ["part", "VARCHAR"],
    ["sidecar", "VARCHAR"],
    ["started", "TIMESTAMP"],
    ["ended", "TIMESTAMP"],
    ["why", "VARCHAR"],
    ["detail", "VARCHAR"],
    ["cells", "INTEGER"],
    ["duration_ms", "DOUBLE"],
  ],
  sql: `SELECT ${text("root", "s.data")} AS run, s.run AS part, ${text("sidecar", "s.data")} AS sidecar, s.ts AS started, e.ts AS ended,
    ${text("why", "e.data")} AS why, ${body("detail", "e.data")} AS detail, ${typed("cells", "INTEGER", "e.data")} AS cells,
    ${typed("durationMs", "DOUBLE", "e.data")} AS duration_ms
  FROM ${ofKind("sidecar.started")} s LEFT JOIN ${ofKind("sidecar.ended")} e ON s.run = e.run AND ${text("sidecar", "s.data")} = ${text("sidecar", "e.data")}`,
};

export const sidecarViews: readonly View[] = [lanes, sidecars];
