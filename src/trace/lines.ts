import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { diskError } from "./disk.ts";
import type { JournalFile } from "./places.ts";

/** One line of a journal. `complete` is false for what follows the last line feed. */
export interface Line {
  /** From 1. */
  number: number;
  bytes: Uint8Array;
  /** Offset of the byte after the line and its line feed, in the journal as it was before it was compressed. */
  end: number;
  complete: boolean;
}

/** The lines of a journal, open or closed. A compressed journal that is damaged ends early, with an incomplete line. */
export async function* journalLines(file: Pick<JournalFile, "path" | "closed">): AsyncGenerator<Line> {
  let rest = Buffer.alloc(0);
  let number = 0;
  let end = 0;
  for await (const chunk of chunks(file)) {
    let from = 0;
    for (let feed = chunk.indexOf(10); feed !== -1; feed = chunk.indexOf(10, from)) {
      const part = chunk.subarray(from, feed);
      const bytes = rest.length === 0 ? part : Buffer.concat([rest, part]);
      rest = Buffer.alloc(0);
      from = feed + 1;
      end += bytes.length + 1;
      yield { number: ++number, bytes, end, complete: true };
    }
    rest = Buffer.concat([rest, chunk.subarray(from)]);
  }
  if (rest.length > 0) yield { number: number + 1, bytes: rest, end: end + rest.length, complete: false };
}

async function* chunks({ path, closed }: Pick<JournalFile, "path" | "closed">): AsyncGenerator<Buffer> {
  const raw = createReadStream(path);
  try {
    if (!closed) {
      yield* raw as AsyncIterable<Buffer>;
      return;
    }
    const plain = createGunzip();
    raw.on("error", (error) => plain.destroy(error));
    yield* raw.pipe(plain) as AsyncIterable<Buffer>;
  } catch (cause) {
    // What zlib cannot read is damage of the evidence, and the verifier's to name; what the disk cannot read is not.
    if (closed && String((cause as NodeJS.ErrnoException).code).startsWith("Z_")) yield Buffer.from("«damaged»");
    else throw diskError(path, cause);
  } finally {
    raw.destroy();
  }
}
