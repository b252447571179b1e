import { body, text, typed } from "./event-sql.ts";
import type { View } from "./views.ts";

interface Incident {
  name: string;
  when: string;
  /** What it concerns. */
  subject: string;
  what: string;
}

const kinds: readonly Incident[] = [
  { name: "halt", when: "kind = 'halt.set'", subject: text("by"), what: body("reason") },
  // A run whose process was gone is ended by recovery, which gives no error; who interrupts a run by hand leaves one.
  {
    name: "interrupted",
    when: `kind = 'run.finished' AND ${text("outcome")} = 'interrupted' AND ${text("error")} IS NULL`,
    subject: "NULL",
    what: "'its process was gone'",
  },
  { name: "fault", when: `kind = 'run.finished' AND ${text("error")} = 'base/bug'`, subject: text("error"), what: body("message") },
  { name: "limit", when: "kind = 'limit.reached'", subject: text("limit"), what: `concat(${text("used")}, ' of ', ${text("most")})` },
  { name: "budget", when: `kind = 'budget.reserved' AND NOT ${typed("granted", "BOOLEAN")}`, subject: text("limit"), what: "'refused'" },
  {
    name: "denied",
    when: `kind = 'decision.made' AND ${text("effect")} = 'deny' AND ${text("request.class")} IN ('T', 'C')`,
    subject: text("request.action"),
    what: body("reason"),
  },
  {
    name: "died",
    when: `kind = 'sidecar.ended' AND ${text("why")} IN ('memory', 'crash')`,
    subject: "'sidecar'",
    what: `coalesce(${body("detail")}, ${text("why")})`,
  },
];

const chosen = (member: (incident: Incident) => string): string =>
  `CASE incident ${kinds.map((incident) => `WHEN '${incident.name}' THEN ${member(incident)}`).join(" ")} END`;

const incidents: View = {
  name: "incidents",
  about: "one row a thing that somebody should look at: halt, interrupted, fault, limit, budget, denied (of class T or C), died (a sidecar)",
  columns: [
    ["run", "VARCHAR"],
    ["seq", "BIGINT"],
    ["ts", "TIMESTAMP"],
    ["incident", "VARCHAR"],
    ["subject", "VARCHAR"],
    ["what", "VARCHAR"],
  ],
  // One pass: each SELECT of its own would read the record again.
  sql: `SELECT run, seq, ts, incident, ${chosen(({ subject }) => subject)} AS subject, ${chosen(({ what }) => what)} AS what
  FROM (SELECT run, seq, ts, kind, data, CASE ${kinds.map(({ name, when }) => `WHEN ${when} THEN '${name}'`).join(" ")} END AS incident
    FROM events
    WHERE kind IN ('halt.set', 'run.finished', 'limit.reached', 'budget.reserved', 'decision.made', 'sidecar.ended'))
  WHERE incident IS NOT NULL`,
};

export const incidentViews: readonly View[] = [incidents];
