import type { JobArtifact, JobResult } from "./job.ts";

/**
 * The output folder, from the job's tar. The tar is hostile: only plain files and folders are taken, under names that mean the same
 * file on every file system (NFC, no two that differ only by case), and everything left out is listed with why.
 */

export interface ArtifactLimits {
  count: number;
  bytes: number;
}

interface Taken {
  artifacts: JobArtifact[];
  refused: JobResult["refused"];
  /** Set when the tar itself cannot be read. */
  fault: string | undefined;
}

/** Never throws: what is wrong with the tar as a whole is its `fault`. */
export async function readArtifacts(tar: Buffer, limits: ArtifactLimits): Promise<Taken> {
  const taken: Taken = { artifacts: [], refused: [], fault: undefined };
  if (tar.length === 0) return taken;
  const [{ extract }, { Readable }] = await Promise.all([import("tar-stream"), import("node:stream")]);
  const names = new Names();
  let entries = 0;
  let bytes = 0;
  const source = Readable.from([tar]);
  const unpacked = extract();
  source.pipe(unpacked);
  try {
    for await (const entry of unpacked) {
      const { name, type } = entry.header;
      entries += 1;
      const refuse = (why: string): void => {
        if (taken.refused.length < limits.count) taken.refused.push({ path: printable(name), why });
      };
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(Buffer.from(chunk as Uint8Array));
      const data = Buffer.concat(chunks);
      if (entries > limits.count) refuse("more entries than allowed");
      else if (type !== "file" && type !== "directory") refuse(type === "symlink" || type === "link" ? "a link" : "neither a plain file nor a folder");
      else {
        const placed = names.place(name, type);
        if ("why" in placed) refuse(placed.why);
        else if (type === "file" && bytes + data.length > limits.bytes) refuse(`too large: ${data.length} bytes, ${limits.bytes - bytes} left`);
        else if (type === "file") {
          bytes += data.length;
          taken.artifacts.push({ path: placed.path, data });
        }
      }
    }
  } catch (cause) {
    taken.fault = `the artifacts are not a readable tar: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
  return taken;
}

/** The names taken so far, each with its folders, by what a file system that ignores case and normal form would make of them. */
class Names {
  readonly #known = new Map<string, { path: string; type: "file" | "directory" }>();

  place(name: string, type: "file" | "directory"): { path: string } | { why: string } {
    const path = name.replace(/\/+$/, "").normalize("NFC");
    const parts = path.split("/");
    if (path.startsWith("/")) return { why: "an absolute path" };
    if (parts.includes("..")) return { why: "a path that leads out of the folder" };
    if (parts.includes("") || parts.includes(".")) return { why: "not a plain path" };
    if (/[\p{Cc}\p{Cf}\uFFFD\\:]/u.test(path) || !path.isWellFormed()) return { why: "its name has characters that some systems read differently" };
    if (parts.some(isReserved)) return { why: "its name means something else to git or to another system" };
    if (Buffer.byteLength(path) > 1024 || parts.some((part) => Buffer.byteLength(part) > 255)) return { why: "its name is too long" };
    for (let depth = 1; depth <= parts.length; depth += 1) {
      const part = parts.slice(0, depth).join("/");
      const known = this.#known.get(part.toLowerCase());
      const wanted = depth === parts.length ? type : "directory";
      if (known === undefined) continue;
      if (known.path !== part) return { why: `differs from ${known.path} only by case` };
      if (known.type !== wanted || wanted === "file") return { why: `${known.path} is there already` };
    }
    parts.forEach((_, index) => {
      const part = parts.slice(0, index + 1).join("/");
      this.#known.set(part.toLowerCase(), { path: part, type: index === parts.length - 1 ? type : "directory" });
    });
    return { path };
  }
}

/** `.git` in every spelling that a file system takes for it, the devices of Windows, and ends that Windows drops. */
function isReserved(part: string): boolean {
  const plain = part.normalize("NFKC");
  return /^(?:\.git|git~\d+)$/i.test(plain) || /^(?:con|prn|aux|nul|(?:com|lpt)[0-9])(?:\.|$)/i.test(plain) || /[. ]$/.test(plain);
}

function printable(name: string): string {
  return name
    .slice(0, 400)
    .toWellFormed()
    .replace(/\p{Cc}/gu, "\uFFFD");
}
