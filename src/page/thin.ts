/**
 * Rows of a curve that must be drawn so that nobody sees a difference: of each of `buckets` equal stretches the first, the last, the lowest and the highest
 * value, in order. At most 4 × `buckets` rows; NaN values are left out.
 */
export function thin(values: ArrayLike<number>, buckets: number): number[] {
  const n = values.length;
  if (n <= buckets * 4) return keepNumbers(values, 0, n);
  const rows: number[] = [];
  for (let bucket = 0; bucket < buckets; bucket++) {
    const from = Math.floor((bucket * n) / buckets);
    const to = Math.floor(((bucket + 1) * n) / buckets);
    rows.push(...extremes(values, from, to));
  }
  return rows;
}

function keepNumbers(values: ArrayLike<number>, from: number, to: number): number[] {
  const rows: number[] = [];
  for (let row = from; row < to; row++) if (!Number.isNaN(values[row])) rows.push(row);
  return rows;
}

function extremes(values: ArrayLike<number>, from: number, to: number): number[] {
  let first = -1;
  let last = -1;
  let low = -1;
  let high = -1;
  for (let row = from; row < to; row++) {
    const value = values[row] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    if (first < 0) first = row;
    last = row;
    if (low < 0 || value < (values[low] ?? 0)) low = row;
    if (high < 0 || value > (values[high] ?? 0)) high = row;
  }
  if (first < 0) return [];
  return [...new Set([first, low, high, last])].toSorted((a, b) => a - b);
}
