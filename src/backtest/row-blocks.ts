/** Rows in a block: one is taken at a time, so that growing copies nothing. */
const rowsPerBlock = 256;

/**
 * Rows of numbers of one width. A run with many orders makes no objects that the garbage collector would have to look at while it runs; rows become
 * objects when somebody reads them.
 */
export class RowBlocks {
  count = 0;
  readonly #width: number;
  readonly #blocks: Float64Array[] = [];

  constructor(width: number) {
    this.#width = width;
  }

  /** The number of a new row, from 0. */
  add(): number {
    if (this.count === this.#blocks.length * rowsPerBlock) this.#blocks.push(new Float64Array(this.#width * rowsPerBlock));
    this.count += 1;
    return this.count - 1;
  }

  /** The block that a row lies in; it begins at `offset`. */
  block(row: number): Float64Array {
    return this.#blocks[Math.floor(row / rowsPerBlock)] as Float64Array;
  }

  offset(row: number): number {
    return (row % rowsPerBlock) * this.#width;
  }
}
