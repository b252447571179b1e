/** Bytes in order, in one growing buffer: a million pieces of one byte cost no more memory than one of a million. */
export class ByteSink {
  #buffer: Buffer = Buffer.alloc(0);
  #length = 0;

  add(data: Uint8Array): void {
    const needed = this.#length + data.length;
    if (needed > this.#buffer.length) {
      const grown = Buffer.alloc(Math.max(needed, this.#buffer.length * 2, 4096));
      this.#buffer.copy(grown, 0, 0, this.#length);
      this.#buffer = grown;
    }
    this.#buffer.set(data, this.#length);
    this.#length = needed;
  }

  get length(): number {
    return this.#length;
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }
}
