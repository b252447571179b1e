import { messageOf } from "../base/errors.ts";
import { listJournals } from "../trace/places.ts";

/** What the record says about a skill; runs of its tests, evaluations and replays are no uses. */
export interface SkillStatistics {
  uses: number;
  /** Of the uses that ended, the part that ended well, 0 to 1; null when none has ended. */
  successRate: number | null;
  averageMs: number | null;
  /** RFC 3339. */
  lastUsed: string | null;
  lastTest: { at: string; outcome: string | null; digest: string | null } | null;
}

/**
 * Statistics of every skill in the record, by name; empty when there is no record yet, without loading DuckDB. A record that cannot be asked is no
 * reason not to show skills: `warn` is told why, and there are none.
 */
export async function skillStatistics(stateDir: string, warn?: (text: string) => void): Promise<Map<string, SkillStatistics>> {
  try {
    return listJournals(stateDir).length === 0 ? new Map() : await askRecord(stateDir);
  } catch (cause) {
    warn?.(`the record cannot be asked for statistics: ${messageOf(cause)}`);
    return new Map();
  }
}

async function askRecord(stateDir: string): Promise<Map<string, SkillStatistics>> {
  const { ask } = await import("../trace/ask.ts");
  const { rows } = await ask(
    stateDir,
    `WITH calls AS (SELECT s.*, coalesce(r.command LIKE 'skill test%', false) AS test FROM skill_runs s LEFT JOIN runs r USING (run) WHERE s.purpose IS NULL)
     SELECT skill,
       count(*) FILTER (NOT test),
       avg(CASE WHEN outcome = 'ok' THEN 1.0 ELSE 0.0 END) FILTER (NOT test AND outcome IS NOT NULL),
       avg(duration_ms) FILTER (NOT test),
       strftime(max(started) FILTER (NOT test), '%Y-%m-%dT%H:%M:%SZ'),
       strftime(max(started) FILTER (test), '%Y-%m-%dT%H:%M:%SZ'),
       max_by(outcome, started) FILTER (test),
       max_by(digest, started) FILTER (test)
     FROM calls WHERE skill IS NOT NULL GROUP BY skill`,
  );
  return new Map(
    rows.map(([skill, uses, successRate, averageMs, lastUsed, testedAt, outcome, digest]) => [
      String(skill),
      {
        uses: Number(uses),
        successRate: numberOf(successRate),
        averageMs: numberOf(averageMs),
        lastUsed: textOf(lastUsed),
        lastTest: testedAt === null ? null : { at: String(testedAt), outcome: textOf(outcome), digest: textOf(digest) },
      },
    ]),
  );
}

function numberOf(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
