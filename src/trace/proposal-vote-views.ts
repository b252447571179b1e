import { body, ofKind, text, typed } from "./event-sql.ts";
import type { View } from "./views.ts";

const proposalVotes: View = {
  name: "proposal_votes",
  about:
    "one row an answer to a proposal, as this machine saw it first; received: it came from another clone. Whether it counts, agentctl proposal verify says",
  columns: [
    ["proposal", "VARCHAR"],
    ["run", "VARCHAR"],
    ["ts", "TIMESTAMP"],
    ["head", "VARCHAR"],
    ["who", "VARCHAR"],
    ["how", "VARCHAR"],
    ["fingerprint", "VARCHAR"],
    ["vote", "VARCHAR"],
    ["note", "VARCHAR"],
    ["received", "BOOLEAN"],
    ["digest", "VARCHAR"],
  ],
  sql: `SELECT ${text("proposal")} AS proposal, run, ts, ${text("head")} AS head, ${text("who")} AS who, ${text("how")} AS how,
    ${text("fingerprint")} AS fingerprint, ${text("vote")} AS vote, ${body("note")} AS note, coalesce(${typed("received", "BOOLEAN")}, false) AS received,
    ${text("digest")} AS digest
  FROM ${ofKind("proposal.voted")}`,
};

export const proposalVoteViews: readonly View[] = [proposalVotes];
