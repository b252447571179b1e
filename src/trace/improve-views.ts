import { ofAgents, ofKind, text, typed } from "./event-sql.ts";
import type { View } from "./views.ts";

const improvements: View = {
  name: "improvements",
  about: "one row a cause that improve found in the record; drafted_by is the run that was to draft a change for it, proposals what that run drafted",
  columns: [
    ["run", "VARCHAR"],
    ["ts", "TIMESTAMP"],
    ["opportunity", "VARCHAR"],
    ["kind", "VARCHAR"],
    ["about", "VARCHAR"],
    ["seen", "BIGINT"],
    ["signature", "VARCHAR"],
    ["state", "VARCHAR"],
    ["runs", "VARCHAR[]"],
    ["drafted_by", "VARCHAR"],
    ["proposals", "VARCHAR[]"],
    ["since", "VARCHAR"],
    ["analysis", "VARCHAR"],
  ],
  sql: `SELECT run, ts, ${text("opportunity", "o")} AS opportunity, ${text("kind", "o")} AS kind, ${text("about", "o")} AS about, ${typed("count", "BIGINT", "o")} AS seen,
    ${text("signature", "o")} AS signature, ${text("state", "o")} AS state, TRY_CAST(o->'$.runs' AS VARCHAR[]) AS runs, ${text("drafts", "o")} AS drafted_by,
    coalesce(proposals, []) AS proposals, since, analysis
  FROM (SELECT run, ts, ${text("since")} AS since, ${text("analysis")} AS analysis, unnest(data->'$.opportunities[*]') AS o FROM ${ofKind("improve.analysed")})
    LEFT JOIN (SELECT root, list(${text("proposal")} ORDER BY part_number, seq) AS proposals FROM ${ofAgents("proposal.drafted")} GROUP BY root) d ON d.root = ${text("drafts", "o")}`,
};

export const improveViews: readonly View[] = [improvements];
