/**
 * Successive halving (Jamieson and Talwalkar, 2016): many variants on little data, the better ones on more, the last ones on all of it. Windows begin at
 * the same bar and grow, so that a round sees everything that the round before it saw.
 */
export interface Round {
  /** Variants that are tried. */
  variants: number;
  /** Share of the window's bars, from its beginning. */
  share: number;
}

/** Of how many variants one goes on to the next round, and by how much its data grows. */
const eta = 3;
/** With a ninth of the data a first round still says something. */
const roundsMax = 3;

/** The rounds for so many variants; the last one is on all bars. Fewer rounds when there is little to choose from. */
export function halvingRounds(variants: number): Round[] {
  let rounds = 1;
  while (rounds < roundsMax && variants >= eta ** rounds) rounds += 1;
  return Array.from({ length: rounds }, (_, round) => ({
    variants: Math.max(1, Math.ceil(variants / eta ** round)),
    share: eta ** (round + 1 - rounds),
  }));
}

/**
 * Places of the best `keep` scores, in their order in the list. A score of null is below every number; of equal ones the earlier goes on, so that the
 * answer does not depend on which ended first.
 */
export function promoted(scores: readonly (number | null)[], keep: number): number[] {
  return scores
    .map((score, place) => ({ score: score ?? Number.NEGATIVE_INFINITY, place }))
    .toSorted((a, b) => (a.score === b.score ? a.place - b.place : b.score - a.score))
    .slice(0, keep)
    .map(({ place }) => place)
    .toSorted((a, b) => a - b);
}
