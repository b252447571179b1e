import { messageOf } from "../base/errors.ts";
import { listJournals } from "../trace/places.ts";

/** What the gate said about a strategy. */
export interface GateSaid {
  gate: string;
  passed: boolean;
  /** The checks that refused it. */
  failed: string[];
  /** Trials on record when it was judged. */
  trials: number | null;
  /** RFC 3339. */
  at: string;
}

/**
 * The last judgement of the gate on record, by the digest of the files that were judged; empty when there is no record yet, without loading DuckDB. A record
 * that cannot be asked is no reason not to show strategies: `warn` is told why, and there are none.
 */
export async function lastGates(stateDir: string, warn?: (text: string) => void): Promise<Map<string, GateSaid>> {
  try {
    return listJournals(stateDir).length === 0 ? new Map() : await askRecord(stateDir);
  } catch (cause) {
    warn?.(`the record cannot be asked what the gate said: ${messageOf(cause)}`);
    return new Map();
  }
}

async function askRecord(stateDir: string): Promise<Map<string, GateSaid>> {
  const { ask } = await import("../trace/ask.ts");
  const { rows } = await ask(
    stateDir,
    `SELECT digest, max_by(gate, ts), max_by(passed, ts), max_by(to_json(failed)::VARCHAR, ts), max_by(trials, ts), strftime(max(ts), '%Y-%m-%dT%H:%M:%SZ')
     FROM gates WHERE digest IS NOT NULL GROUP BY digest`,
  );
  return new Map(
    rows.map(([digest, gate, passed, failed, trials, at]) => [
      String(digest),
      {
        gate: String(gate),
        passed: passed === true,
        failed: JSON.parse(String(failed ?? "[]")) as string[],
        trials: trials === null ? null : Number(trials),
        at: String(at),
      },
    ]),
  );
}
