import type { SignalColumns } from "./signal-columns.ts";

/** What a Python strategy answered for one market, as its host in the container describes it. Hostile until read. */
export interface ColumnsHead {
  warmup: unknown;
  /** Names of the columns that follow as bytes, in this order. */
  columns: unknown;
}

const flags = ["enterLong", "exitLong", "enterShort", "exitShort"] as const;
const prices = ["limit", "stop", "stopLoss", "takeProfit", "trailingStop"] as const;
const known: readonly string[] = [...flags, ...prices, "weight"];

export type ReadColumns = { columns: SignalColumns; bytes: number } | { problem: string };

/**
 * Signal columns of `length` rows from raw bytes at `data`: flags as one byte a row (0 or 1), all others as little-endian doubles. Columns that are not
 * there are empty ones. `bytes` is how many were used; the first thing that does not fit is the problem, in words.
 */
export function readColumns(head: ColumnsHead, data: Uint8Array, length: number): ReadColumns {
  const { warmup = 0, columns: names } = head;
  if (!Number.isSafeInteger(warmup) || (warmup as number) < 0) return { problem: `warmup is ${String(warmup)}, not a count of bars` };
  if (!Array.isArray(names) || names.length > known.length) return { problem: "the names of its columns are no list" };
  const found: Partial<Record<string, Uint8Array | Float64Array>> = {};
  let from = 0;
  for (const name of names as readonly unknown[]) {
    if (typeof name !== "string" || !known.includes(name)) return { problem: `it has the unknown column ${JSON.stringify(name)?.slice(0, 60)}` };
    if (found[name] !== undefined) return { problem: `${name} is there twice` };
    const isFlag = flags.some((flag) => flag === name);
    const bytes = isFlag ? length : 8 * length;
    if (from + bytes > data.length) return { problem: `${name} is cut off: it needs ${bytes} bytes, ${data.length - from} are left` };
    // A copy: doubles must lie at multiples of eight.
    const copy = new Uint8Array(data.subarray(from, from + bytes));
    const numbers = isFlag ? undefined : new Float64Array(copy.buffer);
    const problem = numbers === undefined ? flagProblem(name, copy) : numberProblem(name, numbers);
    if (problem !== undefined) return { problem };
    found[name] = numbers ?? copy;
    from += bytes;
  }
  if (found["limit"] !== undefined && found["stop"] !== undefined) return { problem: "limit and stop are both there; entries have at most one of them" };
  const empty = new Uint8Array(length);
  const all = { enterLong: empty, exitLong: empty, enterShort: empty, exitShort: empty, ...found, warmup };
  return { columns: all as SignalColumns, bytes: from };
}

function flagProblem(name: string, column: Uint8Array): string | undefined {
  const row = column.findIndex((value) => value > 1);
  return row < 0 ? undefined : `${name} is ${column[row]} in row ${row}; 0 and 1 are allowed`;
}

function numberProblem(name: string, column: Float64Array): string | undefined {
  const row = column.findIndex((value) => (name === "weight" ? !Number.isFinite(value) : !(value > 0 && value < Infinity)) && !Number.isNaN(value));
  return row < 0 ? undefined : `${name} is ${column[row]} in row ${row}; ${name === "weight" ? "a finite share" : "a price above 0"} or NaN is allowed`;
}
