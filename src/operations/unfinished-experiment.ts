import { openLedger } from "../ledger/ledger.ts";
import { openRuns } from "../ledger/runs.ts";
import { ask } from "../trace/ask.ts";
import { planText, type PlannedExperiment } from "./experiment-plan.ts";
import type { ReadyStrategy } from "./strategy-source.ts";

const sql = `WITH counted AS (SELECT experiment, count(DISTINCT trial) AS trials FROM trials WHERE experiment IS NOT NULL GROUP BY experiment)
  SELECT e.experiment, last(e.run ORDER BY e.started), first(e.digest), first(e.data), first(e.data_digests), first(e.search), first(e.seed), first(e.planned),
    coalesce(first(c.trials), 0)
  FROM experiments e LEFT JOIN counted c USING (experiment) GROUP BY e.experiment HAVING count(*) FILTER (e.outcome = 'ok') = 0 ORDER BY max(e.started) DESC`;

/** The newest experiment with the very plan of this one that was stopped before its end and that no living process works on. */
export async function unfinishedLike(
  { stateDir, digest }: Pick<ReadyStrategy, "stateDir" | "digest">,
  { search, seed, data }: PlannedExperiment,
): Promise<{ experiment: string; trials: number; planned: number } | undefined> {
  const wanted = planText({ digest, data, search, seed });
  const { rows } = await ask(stateDir, sql);
  const alive = aliveRuns(stateDir);
  for (const [experiment, run, itsDigest, names, digests, itsSearch, itsSeed, planned, trials] of rows) {
    if (alive.has(String(run)) || !Array.isArray(names) || !Array.isArray(digests) || itsSearch === null || typeof itsSearch !== "object") continue;
    const itsData = names.map((name, market) => ({ name: String(name), sha256: String(digests[market]) }));
    const text = planText({ digest: String(itsDigest), data: itsData, search: itsSearch, seed: Number(itsSeed) });
    if (text === wanted) return { experiment: String(experiment), trials: Number(trials), planned: Number(planned) };
  }
  return undefined;
}

function aliveRuns(stateDir: string): Set<string> {
  const ledger = openLedger(stateDir);
  try {
    return new Set(openRuns(ledger).alive.map(({ run }) => run));
  } finally {
    ledger.close();
  }
}
