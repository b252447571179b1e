/**
 * Writes to a live program no further ahead than the window: what waits in the engine's pipes would keep the launcher from seeing the
 * end of its stdin, and so from ending with its client.
 */
export class SendWindow {
  #left: number;
  readonly #write: (bytes: Uint8Array) => void;
  readonly #waiting: { bytes: Uint8Array; sent: () => void }[] = [];

  constructor(windowBytes: number, write: (bytes: Uint8Array) => void) {
    this.#left = windowBytes;
    this.#write = write;
  }

  /** Resolves when all of it is on its way; everything goes in the order of the calls. */
  send(bytes: Uint8Array): Promise<void> {
    return new Promise((sent) => {
      this.#waiting.push({ bytes, sent });
      this.#go();
    });
  }

  /** The program has taken so many bytes. */
  took(bytes: number): void {
    this.#left += bytes;
    this.#go();
  }

  #go(): void {
    for (let first = this.#waiting[0]; first !== undefined && this.#left > 0; first = this.#waiting[0]) {
      const part = first.bytes.subarray(0, this.#left);
      this.#left -= part.length;
      first.bytes = first.bytes.subarray(part.length);
      this.#write(part);
      if (first.bytes.length > 0) return;
      this.#waiting.shift();
      first.sent();
    }
  }
}
