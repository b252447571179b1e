import type { Operand } from "./column-kernels.ts";

/** Loops that give conditions (0 or 1 a row), one pass each. A comparison with NaN is false, `!=` too. */

export type Comparison = "<" | "<=" | ">" | ">=" | "==" | "!=";

const turned: Readonly<Record<Comparison, Comparison>> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!=" };

/** At least one of the two is a column. */
export function compare(sign: Comparison, a: Operand, b: Operand): Uint8Array {
  if (typeof a === "number") return compare(turned[sign], b, a);
  if (typeof b === "number") return withNumber(sign, a, b);
  if (sign === "<" || sign === "<=") return betweenColumns(turned[sign] as ">" | ">=", b, a);
  return betweenColumns(sign, a, b);
}

function betweenColumns(sign: ">" | ">=" | "==" | "!=", a: Float64Array, b: Float64Array): Uint8Array {
  const out = new Uint8Array(a.length);
  if (sign === ">") for (let row = 0; row < out.length; row++) out[row] = at(a, row) > at(b, row) ? 1 : 0;
  else if (sign === ">=") for (let row = 0; row < out.length; row++) out[row] = at(a, row) >= at(b, row) ? 1 : 0;
  else if (sign === "==") for (let row = 0; row < out.length; row++) out[row] = at(a, row) === at(b, row) ? 1 : 0;
  else for (let row = 0; row < out.length; row++) out[row] = at(a, row) < at(b, row) || at(a, row) > at(b, row) ? 1 : 0;
  return out;
}

function withNumber(sign: Comparison, a: Float64Array, b: number): Uint8Array {
  const out = new Uint8Array(a.length);
  if (sign === ">") for (let row = 0; row < out.length; row++) out[row] = at(a, row) > b ? 1 : 0;
  else if (sign === ">=") for (let row = 0; row < out.length; row++) out[row] = at(a, row) >= b ? 1 : 0;
  else if (sign === "<") for (let row = 0; row < out.length; row++) out[row] = at(a, row) < b ? 1 : 0;
  else if (sign === "<=") for (let row = 0; row < out.length; row++) out[row] = at(a, row) <= b ? 1 : 0;
  else if (sign === "==") for (let row = 0; row < out.length; row++) out[row] = at(a, row) === b ? 1 : 0;
  else for (let row = 0; row < out.length; row++) out[row] = at(a, row) < b || at(a, row) > b ? 1 : 0;
  return out;
}

export function and(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length);
  for (let row = 0; row < out.length; row++) out[row] = flag(a, row) & flag(b, row);
  return out;
}

export function or(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length);
  for (let row = 0; row < out.length; row++) out[row] = flag(a, row) | flag(b, row);
  return out;
}

export function not(a: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length);
  for (let row = 0; row < out.length; row++) out[row] = flag(a, row) ^ 1;
  return out;
}

/**
 * Where one column passes another, both ways at once: over where a is above b and was not above it (equal or below) one row before, under where it is
 * below and was not. A row where either is NaN crosses nothing, nor does the row after it. Runs on one side are most of a column, so the loop for them
 * holds a single comparison.
 */
export function cross(a: Float64Array, b: Float64Array): { over: Uint8Array; under: Uint8Array } {
  const rows = a.length;
  const over = new Uint8Array(rows);
  const under = new Uint8Array(rows);
  let known = false;
  let row = 0;
  while (row < rows) {
    const left = at(a, row);
    const right = at(b, row);
    if (left > right) {
      if (known) over[row] = 1;
      known = true;
      for (row++; row < rows && at(a, row) > at(b, row);) row++;
    } else if (left < right) {
      if (known) under[row] = 1;
      known = true;
      for (row++; row < rows && at(a, row) < at(b, row);) row++;
    } else {
      known = left === right;
      row++;
    }
  }
  return { over, under };
}

/** `yes` where the condition holds, else `no`. */
export function choose(condition: Uint8Array, yes: Float64Array, no: Float64Array): Float64Array {
  const out = new Float64Array(condition.length);
  for (let row = 0; row < out.length; row++) out[row] = flag(condition, row) === 1 ? at(yes, row) : at(no, row);
  return out;
}

function at(column: Float64Array, row: number): number {
  return column[row] as number;
}

function flag(column: Uint8Array, row: number): number {
  return column[row] as number;
}
