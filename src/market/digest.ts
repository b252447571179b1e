import { createHash } from "node:crypto";
import { endianness } from "node:os";
import { barColumns, type Bars } from "../strategy/bars.ts";

/**
 * The digest by which bars are known: SHA-256 over the columns ts, open, high, low, close, volume, each as little-endian doubles. A missing volume is
 * the one NaN 7ff8000000000000, whatever bits it came with.
 */
export function barsDigest(bars: Bars): string {
  const hash = createHash("sha256");
  for (const name of barColumns) hash.update(littleEndian(bars[name]));
  return hash.digest("hex");
}

function littleEndian(column: Float64Array): Uint8Array {
  const canonical = hasNaN(column) ? withOneNaN(column) : column;
  const bytes = Buffer.from(canonical.buffer, canonical.byteOffset, canonical.byteLength);
  return endianness() === "LE" ? bytes : Buffer.from(bytes).swap64();
}

function hasNaN(column: Float64Array): boolean {
  let sum = 0;
  for (let row = 0; row < column.length; row += 1) sum += column[row] as number;
  // Infinities of both signs are NaN too: then a copy is made for nothing.
  return Number.isNaN(sum);
}

function withOneNaN(column: Float64Array): Float64Array {
  const copy = column.slice();
  const bits = new BigUint64Array(copy.buffer);
  for (let row = 0; row < copy.length; row += 1) if (Number.isNaN(copy[row])) bits[row] = 0x7ff8000000000000n;
  return copy;
}
