/**
 * The engine's attach stream: blocks of 1 byte channel (1 stdout, 2 stderr), 3 zero bytes, 4 bytes length (big endian), payload.
 * Payload is handed on as it arrives. A block of another channel is a fault: the stream is not what was asked for.
 */
export class Demultiplexer {
  #head: Buffer = Buffer.alloc(0);
  #channel = 0;
  #left = 0;

  /** Returns false when the stream is not multiplexed. */
  push(chunk: Buffer, onData: (channel: 1 | 2, data: Buffer) => void): boolean {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#left > 0) {
        const data = rest.subarray(0, this.#left);
        rest = rest.subarray(data.length);
        this.#left -= data.length;
        onData(this.#channel === 2 ? 2 : 1, data);
        continue;
      }
      const missing = 8 - this.#head.length;
      this.#head = Buffer.concat([this.#head, rest.subarray(0, missing)]);
      rest = rest.subarray(missing);
      if (this.#head.length < 8) return true;
      this.#channel = this.#head.readUInt8(0);
      this.#left = this.#head.readUInt32BE(4);
      this.#head = Buffer.alloc(0);
      if (this.#channel !== 1 && this.#channel !== 2) return false;
    }
    return true;
  }
}
