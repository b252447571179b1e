/** Below the first ranks the exact place says little: the usual constant of reciprocal rank fusion (Cormack, Clarke, Büttcher 2009). */
const damping = 60;

export interface Fused<T> {
  item: T;
  score: number;
}

/**
 * One ranking of several: what stands high in one counts, what stands in more than one counts more, and scores of different kinds are never compared. Best
 * first; ties by the first ranking that has them.
 */
export function fuse<T extends string | number>(rankings: readonly (readonly T[])[]): Fused<T>[] {
  const scores = new Map<T, number>();
  for (const ranking of rankings) {
    [...new Set(ranking)].forEach((item, rank) => scores.set(item, (scores.get(item) ?? 0) + 1 / (damping + rank + 1)));
  }
  return [...scores].map(([item, score]) => ({ item, score })).toSorted((a, b) => b.score - a.score);
}
