import { body, ofAgents, ofKind, text, typed } from "./event-sql.ts";
import type { View } from "./views.ts";

/** A time as people wrote it, perhaps with an offset, in UTC as all others. */
const time = (path: string, from = "data"): string => `make_timestamp(epoch_us(${typed(path, "TIMESTAMPTZ", from)}))`;

const approvals: View = {
  name: "approvals",
  about: "one row a question to people; state is open, approved, denied or expired; voters in the order of their last votes",
  columns: [
    ["approval", "VARCHAR"],
    ["run", "VARCHAR"],
    ["part", "VARCHAR"],
    ["key", "VARCHAR"],
    ["kind", "VARCHAR"],
    ["effect", "VARCHAR"],
    ["digest", "VARCHAR"],
    ["asked", "TIMESTAMP"],
    ["expires", "TIMESTAMP"],
    ["state", "VARCHAR"],
    ["voters", "VARCHAR[]"],
  ],
  // Votes stand in the runs of those who voted, the last one of each counts. A vote on another action than the one that was asked about is none. What was
  // approved and not used ends with its time, too.
  sql: `SELECT ${text("approval", "a.data")} AS approval, root AS run, a.run AS part, ${text("key", "a.data")} AS key, ${text("kind", "a.data")} AS kind,
    ${text("effect", "a.data")} AS effect, ${text("digest", "a.data")} AS digest, a.ts AS asked, ${time("expires", "a.data")} AS expires,
    CASE WHEN u.state IS NOT NULL THEN u.state WHEN v.state = 'denied' THEN 'denied'
      WHEN epoch_ms(${time("expires", "a.data")}) <= epoch_ms(now()) THEN 'expired' ELSE coalesce(v.state, 'open') END AS state,
    coalesce(voters, []) AS voters
  FROM ${ofAgents("approval.asked")} a
    LEFT JOIN (SELECT approval, digest, last(state ORDER BY voted) AS state, list(who ORDER BY voted) AS voters
      FROM (SELECT ${text("approval")} AS approval, ${text("digest")} AS digest, ${text("who")} AS who, max(row(ts, run, seq)) AS voted,
          last(${text("state")} ORDER BY ts, run, seq) AS state
        FROM ${ofKind("approval.voted")} GROUP BY 1, 2, 3)
      GROUP BY approval, digest) v ON ${text("approval", "a.data")} = v.approval AND ${text("digest", "a.data")} = v.digest
    LEFT JOIN (SELECT ${text("approval")} AS approval, last(${text("state")} ORDER BY ts, run, seq) AS state
      FROM ${ofKind("approval.used")} GROUP BY ALL) u ON ${text("approval", "a.data")} = u.approval`,
};

const votes: View = {
  name: "votes",
  about: "one row a vote on an approval; run is the one that waits, voted_in the one that recorded it",
  columns: [
    ["approval", "VARCHAR"],
    ["run", "VARCHAR"],
    ["voted_in", "VARCHAR"],
    ["ts", "TIMESTAMP"],
    ["who", "VARCHAR"],
    ["how", "VARCHAR"],
    ["fingerprint", "VARCHAR"],
    ["vote", "VARCHAR"],
    ["note", "VARCHAR"],
    ["state", "VARCHAR"],
    ["digest", "VARCHAR"],
  ],
  sql: `SELECT ${text("approval")} AS approval, ${text("run")} AS run, run AS voted_in, ts, ${text("who")} AS who, ${text("how")} AS how,
    ${text("fingerprint")} AS fingerprint, ${text("vote")} AS vote, ${body("note")} AS note, ${text("state")} AS state, ${text("digest")} AS digest
  FROM ${ofKind("approval.voted")}`,
};

const grants: View = {
  name: "grants",
  about: "one row a grant, with its end where it was revoked",
  columns: [
    ["grant_id", "VARCHAR"],
    ["agent", "VARCHAR"],
    ["action", "VARCHAR"],
    ["scope", "JSON"],
    ["given", "TIMESTAMP"],
    ["given_by", "VARCHAR"],
    ["expires", "TIMESTAMP"],
    ["approval", "VARCHAR"],
    ["note", "VARCHAR"],
    ["revoked", "TIMESTAMP"],
    ["revoked_by", "VARCHAR"],
  ],
  sql: `SELECT ${text("grant", "g.data")} AS grant_id, ${text("agent", "g.data")} AS agent, ${text("action", "g.data")} AS action, g.data->'$.scope' AS scope,
    g.ts AS given, ${text("by", "g.data")} AS given_by, ${time("until", "g.data")} AS expires, ${text("approval", "g.data")} AS approval,
    ${body("note", "g.data")} AS note, revoked, revoked_by
  FROM ${ofKind("grant.given")} g
    LEFT JOIN (SELECT ${text("grant")} AS grant_id, min(ts) AS revoked, first(${text("by")} ORDER BY ts) AS revoked_by
      FROM ${ofKind("grant.revoked")} GROUP BY ${text("grant")}) r ON ${text("grant", "g.data")} = r.grant_id`,
};

const proposals: View = {
  name: "proposals",
  about: "one row a change that an agent drafted; files are its paths",
  columns: [
    ["proposal", "VARCHAR"],
    ["run", "VARCHAR"],
    ["part", "VARCHAR"],
    ["key", "VARCHAR"],
    ["ts", "TIMESTAMP"],
    ["agent", "VARCHAR"],
    ["title", "VARCHAR"],
    ["rationale", "VARCHAR"],
    ["base", "VARCHAR"],
    ["files", "VARCHAR[]"],
  ],
  sql: `SELECT ${text("proposal")} AS proposal, root AS run, run AS part, ${text("key")} AS key, ts, ${text("agent")} AS agent, ${body("title")} AS title,
    ${body("rationale")} AS rationale, ${text("base")} AS base, ${text("files[*].path")} AS files
  FROM ${ofAgents("proposal.drafted")}`,
};

export const approvalViews: readonly View[] = [approvals, votes, grants, proposals];
