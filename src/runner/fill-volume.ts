import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Pack } from "tar-stream";
import { systemClock } from "../base/clock.ts";
import type { JobEngine } from "./job-engine.ts";
import { formatOwner, labels, thisOwner } from "./owner.ts";

export interface VolumeFile {
  /** Relative to the volume, with `/`; plain names only. */
  path: string;
  bytes: number;
  executable: boolean;
  /** A stream is opened when it is its turn. */
  data: Uint8Array | (() => Readable);
}

export interface VolumeContent {
  /** User and group that everything belongs to; only its owner may write. */
  uid: number;
  /** Made even when no file lies in them. */
  folders: readonly string[];
  files: AsyncIterable<VolumeFile> | Iterable<VolumeFile>;
}

/** Where it is mounted while it is filled. */
const place = "volume";
/** After which a filling counts as forgotten. */
const forgottenAfterMs = 30 * 60_000;

/**
 * Writes files into a volume that nobody has written to, through a container that is made for it and never started: nothing runs, and nothing that runs
 * could have laid a link. Files go through one by one; none is held in memory.
 */
export async function fillVolume(
  { docker }: JobEngine,
  { volume, image, scope, content }: { volume: string; image: string; scope: string; content: VolumeContent },
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const container = await docker.createContainer({
    Image: image,
    Entrypoint: ["true"],
    Labels: {
      [labels.owner]: formatOwner(thisOwner()),
      [labels.scope]: scope,
      [labels.run]: "",
      [labels.deadline]: String(systemClock.nowMs() + forgottenAfterMs),
    },
    HostConfig: {
      NetworkMode: "none",
      CapDrop: ["ALL"],
      Mounts: [{ Type: "volume", Source: volume, Target: `/${place}`, ReadOnly: false }],
    },
  });
  const { pack } = await import("tar-stream");
  const tar = pack();
  const stop = (): void => tar.destroy(signal?.reason instanceof Error ? signal.reason : new Error("interrupted"));
  signal?.addEventListener("abort", stop, { once: true });
  try {
    const [, written] = await Promise.allSettled([
      writeTar(tar, content).catch((cause: unknown) => tar.destroy(cause instanceof Error ? cause : new Error(String(cause)))),
      docker.getContainer(container.id).putArchive(Readable.from(tar, { objectMode: false }), { path: "/" }),
    ]);
    signal?.throwIfAborted();
    if (written.status === "rejected") throw written.reason;
  } finally {
    signal?.removeEventListener("abort", stop);
    await container.remove({ force: true, v: false }).catch(() => undefined);
  }
}

async function writeTar(tar: Pack, { uid, folders, files }: VolumeContent): Promise<void> {
  const own = { uid, gid: uid, mtime: new Date(0) };
  const made = new Set<string>();
  const makeFolder = (path: string): void => {
    if (made.has(path)) return;
    if (path !== place) makeFolder(path.slice(0, path.lastIndexOf("/")));
    made.add(path);
    tar.entry({ ...own, name: `${path}/`, type: "directory", mode: 0o755 });
  };
  for (const folder of ["", ...folders]) makeFolder(folder === "" ? place : `${place}/${folder}`);
  for await (const { path, bytes, executable, data } of files) {
    const name = `${place}/${path}`;
    makeFolder(name.slice(0, name.lastIndexOf("/")));
    const entry = tar.entry({ ...own, name, type: "file", size: bytes, mode: executable ? 0o755 : 0o644 });
    await pipeline(typeof data === "function" ? data() : Readable.from([data]), entry);
  }
  tar.finalize();
}
