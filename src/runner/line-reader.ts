import { ByteSink } from "./byte-sink.ts";

/** Cuts bytes into lines of text, each at most so many bytes long. A longer one is the end: nothing is read after it. */
export class LineReader {
  readonly #bytesMax: number;
  #rest = new ByteSink();
  #tooLong = false;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** A line was longer than allowed. */
  get tooLong(): boolean {
    return this.#tooLong;
  }

  /** The lines that end in this piece, without their line ends; bytes that are no UTF-8 come out as U+FFFD. */
  push(data: Uint8Array): string[] {
    const lines: string[] = [];
    let from = 0;
    while (!this.#tooLong) {
      const end = data.indexOf(10, from);
      const part = data.subarray(from, end < 0 ? data.length : end);
      if (this.#rest.length + part.length > this.#bytesMax) this.#tooLong = true;
      else if (end < 0) {
        if (part.length > 0) this.#rest.add(part);
        break;
      } else {
        lines.push(this.#line(part));
        from = end + 1;
      }
    }
    return lines;
  }

  #line(part: Uint8Array): string {
    if (this.#rest.length === 0) return Buffer.from(part).toString("utf8");
    this.#rest.add(part);
    const line = this.#rest.bytes().toString("utf8");
    this.#rest = new ByteSink();
    return line;
  }
}
