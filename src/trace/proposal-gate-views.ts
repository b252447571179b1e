import { ofKind, text, typed } from "./event-sql.ts";
import type { View } from "./views.ts";

const proposalGates: View = {
  name: "proposal_gates",
  about: "one row an answer of a gate about a proposal's exact commit; digest is that of the whole report, which people sign",
  columns: [
    ["proposal", "VARCHAR"],
    ["run", "VARCHAR"],
    ["ts", "TIMESTAMP"],
    ["head", "VARCHAR"],
    ["base", "VARCHAR"],
    ["tree", "VARCHAR"],
    ["gate", "VARCHAR"],
    ["verdict", "VARCHAR"],
    ["summary", "VARCHAR"],
    ["findings", "BIGINT"],
    ["duration_ms", "BIGINT"],
    ["digest", "VARCHAR"],
  ],
  sql: `SELECT proposal, run, ts, head, base, tree, ${text("gate", "g")} AS gate, ${text("verdict", "g")} AS verdict, ${text("summary", "g")} AS summary,
    ${typed("findings", "BIGINT", "g")} AS findings, ${typed("durationMs", "BIGINT", "g")} AS duration_ms, digest
  FROM (SELECT run, ts, ${text("proposal")} AS proposal, ${text("head")} AS head, ${text("base")} AS base, ${text("tree")} AS tree, ${text("digest")} AS digest,
    unnest(data->'$.gates[*]') AS g FROM ${ofKind("proposal.gated")})`,
};

export const proposalGateViews: readonly View[] = [proposalGates];
