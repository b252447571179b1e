/** The value below which a share of the values lies, between two of them by proportion (Hyndman and Fan 1996, type 7). NaN of none. */
export function quantile(values: ArrayLike<number>, share: number): number {
  return sortedQuantile(Float64Array.from(values).toSorted(), share);
}

/** `quantile` of values that stand in order already. */
export function sortedQuantile(sorted: Float64Array, share: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = (sorted.length - 1) * share;
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return (sorted[below] as number) + ((sorted[above] as number) - (sorted[below] as number)) * (at - below);
}

/** The middle value. */
export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}
