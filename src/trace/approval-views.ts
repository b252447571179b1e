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
  about:
    "one row a change that was drafted or proposed; state is drafted, open, rejected, withdrawn, stale, landed or rolled-back as this record knows; files are its paths",
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
    ["state", "VARCHAR"],
    ["proposer", "VARCHAR"],
    ["kinds", "VARCHAR[]"],
    ["class", "VARCHAR"],
    ["effect", "VARCHAR"],
    ["head", "VARCHAR"],
    ["opened", "TIMESTAMP"],
    ["closed", "TIMESTAMP"],
  ],
  // A draft and the branch that was made of it are one; of a branch that was made anew the last counts, and what ended is open again by it.
  sql: `SELECT coalesce(o.proposal, d.proposal) AS proposal, coalesce(d.run, o.run) AS run, coalesce(d.part, o.part) AS part, d.key AS key,
    coalesce(d.ts, o.opened) AS ts, coalesce(d.agent, o.agent) AS agent, coalesce(o.title, d.title) AS title, d.rationale AS rationale,
    coalesce(o.base, d.base) AS base, coalesce(o.files, d.files) AS files,
    CASE WHEN o.proposal IS NULL THEN 'drafted' WHEN l.at > o.opened THEN l.state WHEN c.at > o.opened THEN c.state ELSE 'open' END AS state,
    o.proposer AS proposer, o.kinds AS kinds, o.class AS class, o.effect AS effect, o.head AS head, o.opened AS opened,
    CASE WHEN l.at > o.opened THEN l.at WHEN c.at > o.opened THEN c.at END AS closed
  FROM (SELECT ${text("proposal")} AS proposal, last(root ORDER BY ts) AS run, last(run ORDER BY ts) AS part, last(${text("key")} ORDER BY ts) AS key,
      last(ts ORDER BY ts) AS ts, last(${text("agent")} ORDER BY ts) AS agent, last(${body("title")} ORDER BY ts) AS title,
      last(${body("rationale")} ORDER BY ts) AS rationale, last(${text("base")} ORDER BY ts) AS base, last(${text("files[*].path")} ORDER BY ts) AS files
    FROM ${ofAgents("proposal.drafted")} GROUP BY 1) d
  FULL JOIN (SELECT ${text("proposal")} AS proposal, last(coalesce(${text("from")}, run) ORDER BY ts) AS run, last(run ORDER BY ts) AS part,
      last(ts ORDER BY ts) AS opened, last(CASE WHEN ${text("proposer.kind")} = 'agent' THEN ${text("proposer.name")} END ORDER BY ts) AS agent,
      last(concat(${text("proposer.kind")}, ' ', ${text("proposer.name")}) ORDER BY ts) AS proposer, last(${body("title")} ORDER BY ts) AS title,
      last(${text("base")} ORDER BY ts) AS base, last(${text("head")} ORDER BY ts) AS head, last(${text("files[*]")} ORDER BY ts) AS files,
      last(${text("kinds[*]")} ORDER BY ts) AS kinds, last(${text("class")} ORDER BY ts) AS class, last(${text("effect")} ORDER BY ts) AS effect
    FROM ${ofKind("proposal.opened")} GROUP BY 1) o ON d.proposal = o.proposal
  LEFT JOIN (SELECT ${text("proposal")} AS proposal, max(ts) AS at, last(${text("state")} ORDER BY ts) AS state
    FROM ${ofKind("proposal.closed")} GROUP BY 1) c ON o.proposal = c.proposal
  LEFT JOIN (SELECT ${text("proposal")} AS proposal, max(ts) AS at, last(CASE WHEN ${text("action")} = 'rollback' THEN 'rolled-back' ELSE 'landed' END ORDER BY ts) AS state
    FROM ${ofKind("landing.finished")} WHERE ${text("outcome")} = 'landed' GROUP BY 1) l ON o.proposal = l.proposal`,
};

export const approvalViews: readonly View[] = [approvals, votes, grants, proposals];
