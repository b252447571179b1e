/** One measured figure with its limit. Ratios are against a reference measured in the same process, interleaved. */
export interface BenchRow {
  name: string;
  value: number;
  unit: string;
  /** `value` must not be above it. */
  limit: number;
  /** What it was measured against, in words and figures. */
  reference?: string;
}

/** The middle value; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? Number.NaN) : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}
