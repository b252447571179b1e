import type { Bars } from "../bars.ts";
import type { Column } from "./tree.ts";

/**
 * Columns that the variants of a sweep share, by the text of what they are with the parameters filled in. Holds at most `bytesMax` (256 MiB when not
 * given); what was not used for the longest goes first. Columns are handed out, not copied: whoever gets one reads only.
 */
export class ColumnCache {
  readonly #bytesMax: number;
  readonly #columns = new Map<string, Column>();
  readonly #names = new WeakMap<Bars, string>();
  #bytes = 0;
  #named = 0;

  constructor(bytesMax = 256 * 1024 * 1024) {
    this.#bytesMax = bytesMax;
  }

  /** What the columns of these bars are known by. */
  prefix(bars: Bars): string {
    let name = this.#names.get(bars);
    if (name === undefined) this.#names.set(bars, (name = `${this.#named++}:`));
    return name;
  }

  get(key: string): Column | undefined {
    const column = this.#columns.get(key);
    if (column === undefined) return undefined;
    this.#columns.delete(key);
    this.#columns.set(key, column);
    return column;
  }

  set(key: string, column: Column): void {
    const bytes = sizeOf(key, column);
    if (bytes > this.#bytesMax || this.#columns.has(key)) return;
    this.#columns.set(key, column);
    this.#bytes += bytes;
    for (const [oldest, least] of this.#columns) {
      if (this.#bytes <= this.#bytesMax) return;
      this.#columns.delete(oldest);
      this.#bytes -= sizeOf(oldest, least);
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#columns.size;
  }
}

function sizeOf(key: string, { values }: Column): number {
  return values.byteLength + 2 * key.length;
}
