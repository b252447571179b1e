import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { pack, type Pack } from "tar-stream";
import { pipeline } from "node:stream/promises";
import type { ContextFile } from "./runners.ts";

/**
 * The build context as a tar archive. Owned by root, of the year 1970: the same files make the same bytes. bin/ and modules/ are there even when
 * nothing is in them, since a Dockerfile may copy them. A file that cannot be read ends the stream with its error.
 */
export function packContext(files: readonly ContextFile[]): Readable {
  const tar = pack();
  fill(tar, files).catch((cause: unknown) => tar.destroy(cause as Error));
  return Readable.from(tar, { objectMode: false });
}

async function fill(tar: Pack, files: readonly ContextFile[]): Promise<void> {
  const mtime = new Date(0);
  for (const name of ["bin/", "modules/"]) tar.entry({ name, type: "directory", mode: 0o755, mtime });
  for (const { path, source, bytes, executable } of files) {
    const entry = tar.entry({ name: path, size: bytes, mode: executable ? 0o755 : 0o644, mtime });
    await pipeline(createReadStream(source), entry);
  }
  tar.finalize();
}
