/** Loops over columns of numbers, one pass each. What meets NaN is NaN. */

export type Arithmetic = "+" | "-" | "*" | "/" | "%";
export type Operand = Float64Array | number;

/** a ∘ b, row by row; % keeps the sign of a. At least one of the two is a column. */
export function arithmetic(sign: Arithmetic, a: Operand, b: Operand): Float64Array {
  if (typeof a !== "number" && typeof b !== "number") return betweenColumns(sign, a, b);
  if (typeof a !== "number") return withNumber(sign, a, b as number);
  return fromNumber(sign, a, b as Float64Array);
}

function betweenColumns(sign: Arithmetic, a: Float64Array, b: Float64Array): Float64Array {
  const out = new Float64Array(a.length);
  if (sign === "+") for (let row = 0; row < out.length; row++) out[row] = at(a, row) + at(b, row);
  else if (sign === "-") for (let row = 0; row < out.length; row++) out[row] = at(a, row) - at(b, row);
  else if (sign === "*") for (let row = 0; row < out.length; row++) out[row] = at(a, row) * at(b, row);
  else if (sign === "/") for (let row = 0; row < out.length; row++) out[row] = at(a, row) / at(b, row);
  else for (let row = 0; row < out.length; row++) out[row] = at(a, row) % at(b, row);
  return out;
}

function withNumber(sign: Arithmetic, a: Float64Array, b: number): Float64Array {
  const out = new Float64Array(a.length);
  if (sign === "+") for (let row = 0; row < out.length; row++) out[row] = at(a, row) + b;
  else if (sign === "-") for (let row = 0; row < out.length; row++) out[row] = at(a, row) - b;
  else if (sign === "*") for (let row = 0; row < out.length; row++) out[row] = at(a, row) * b;
  else if (sign === "/") for (let row = 0; row < out.length; row++) out[row] = at(a, row) / b;
  else for (let row = 0; row < out.length; row++) out[row] = at(a, row) % b;
  return out;
}

function fromNumber(sign: Arithmetic, a: number, b: Float64Array): Float64Array {
  const out = new Float64Array(b.length);
  if (sign === "+") for (let row = 0; row < out.length; row++) out[row] = a + at(b, row);
  else if (sign === "-") for (let row = 0; row < out.length; row++) out[row] = a - at(b, row);
  else if (sign === "*") for (let row = 0; row < out.length; row++) out[row] = a * at(b, row);
  else if (sign === "/") for (let row = 0; row < out.length; row++) out[row] = a / at(b, row);
  else for (let row = 0; row < out.length; row++) out[row] = a % at(b, row);
  return out;
}

/** The smaller (`min`) or greater of two, row by row. */
export function extreme(which: "min" | "max", a: Float64Array, b: Operand): Float64Array {
  const out = new Float64Array(a.length);
  if (typeof b === "number") {
    if (which === "min") for (let row = 0; row < out.length; row++) out[row] = Math.min(at(a, row), b);
    else for (let row = 0; row < out.length; row++) out[row] = Math.max(at(a, row), b);
  } else if (which === "min") for (let row = 0; row < out.length; row++) out[row] = Math.min(at(a, row), at(b, row));
  else for (let row = 0; row < out.length; row++) out[row] = Math.max(at(a, row), at(b, row));
  return out;
}

export type Mapped = "abs" | "sqrt" | "log" | "exp" | "floor" | "negative";

/** Functions of one number; sqrt and log of what has none are NaN, log(0) is −∞. */
export const mapped: Readonly<Record<Mapped, (value: number) => number>> = {
  abs: Math.abs,
  sqrt: Math.sqrt,
  log: Math.log,
  exp: Math.exp,
  floor: Math.floor,
  negative: (value) => -value,
};

export function map(name: Mapped, a: Float64Array): Float64Array {
  const out = new Float64Array(a.length);
  if (name === "abs") for (let row = 0; row < out.length; row++) out[row] = Math.abs(at(a, row));
  else if (name === "negative") for (let row = 0; row < out.length; row++) out[row] = -at(a, row);
  else {
    const of = mapped[name];
    for (let row = 0; row < out.length; row++) out[row] = of(at(a, row));
  }
  return out;
}

/** The value `rows` before; NaN in the first rows. */
export function shift(a: Float64Array, rows: number): Float64Array {
  const out = new Float64Array(a.length).fill(Number.NaN, 0, Math.min(rows, a.length));
  if (rows < a.length) out.set(a.subarray(0, a.length - rows), rows);
  return out;
}

/** The highest or lowest of the last `rows` values, this one among them; NaN while they are fewer or one of them is NaN. */
export function rollingExtreme(which: "highest" | "lowest", a: Float64Array, rows: number): Float64Array {
  const out = new Float64Array(a.length).fill(Number.NaN);
  // Rows that may still become the extreme, their values falling from the front (for the highest): each row enters and leaves once.
  const queue = new Int32Array(a.length);
  const sign = which === "highest" ? 1 : -1;
  let head = 0;
  let tail = 0;
  let since = 0;
  for (let row = 0; row < a.length; row++) {
    const value = sign * at(a, row);
    if (Number.isNaN(value)) {
      head = tail;
      since = row + 1;
      continue;
    }
    while (tail > head && sign * at(a, index(queue, tail - 1)) <= value) tail--;
    queue[tail++] = row;
    if (index(queue, head) <= row - rows) head++;
    if (row - since >= rows - 1) out[row] = at(a, index(queue, head));
  }
  return out;
}

function at(column: Float64Array, row: number): number {
  return column[row] as number;
}

function index(queue: Int32Array, place: number): number {
  return queue[place] as number;
}
