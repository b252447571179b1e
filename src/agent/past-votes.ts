import { countsOf, likeness, weightsOf } from "./likeness.ts";
import { wordsOf } from "./words.ts";

/** A run of an agent, as the ledger knows it. */
export interface PastRun {
  /** r-… */
  root: string;
  agent: string;
  objective: string;
  /** How it ended: `ok`, `failed`, `limit`, `denied`, `waiting`, … */
  outcome: string;
  /** RFC 3339. */
  started: string;
}

/** What similar runs say about an agent. */
export interface Votes {
  /** −1, they all failed, to 1, they all ended well; less the less similar they are. */
  score: number;
  well: PastRun[];
  badly: PastRun[];
}

/** Less than this and two objectives only share a word or two. */
const similarFrom = 0.4;
/** The most similar ones. */
const votersMax = 20;

const bad = new Set(["failed", "limit", "denied", "budget", "timeout"]);

/** Lets runs with a similar objective vote: one that ended well for its agent, one that failed against. What waits or was stopped by a person says nothing. */
export function votesOf(objective: readonly string[], runs: readonly PastRun[]): ReadonlyMap<string, Votes> {
  const voting = runs.filter(({ outcome }) => outcome === "ok" || bad.has(outcome)).map((run) => ({ run, counts: countsOf(wordsOf(run.objective)) }));
  const asked = countsOf(objective);
  const weight = weightsOf([...voting.map(({ counts }) => counts), asked]);
  const voters = voting
    .map(({ run, counts }) => ({ run, like: likeness(asked, counts, weight) }))
    .filter(({ like }) => like >= similarFrom)
    .toSorted((a, b) => b.like - a.like || (a.run.started === b.run.started ? (a.run.root < b.run.root ? -1 : 1) : a.run.started < b.run.started ? 1 : -1))
    .slice(0, votersMax);
  const whole = voters.reduce((sum, { like }) => sum + like ** 2, 0);
  const nearest = voters[0]?.like ?? 0;
  const votes = new Map<string, Votes>();
  for (const { run, like } of voters) {
    const so = votes.get(run.agent) ?? { score: 0, well: [], badly: [] };
    const well = run.outcome === "ok";
    (well ? so.well : so.badly).push(run);
    so.score += ((well ? 1 : -1) * like ** 2 * nearest) / whole;
    votes.set(run.agent, so);
  }
  return votes;
}
