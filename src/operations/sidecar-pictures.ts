import { writeBlob } from "../trace/blobs.ts";
import type { KernelReply } from "../runner/kernel.ts";

export interface KeptPictures {
  artifacts: { path: string; sha256: string; bytes: number }[];
  /** Pictures that were left out: too many, too large, or none at all. */
  leftOut: number;
}

const picturesMax = 16;
const pictureBytesMax = 8 * 1024 * 1024;
const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Keeps the pictures of a cell by their digest. What calls itself one comes out of the kernel's container: it counts when it begins as PNG does. */
export function keepPictures(stateDir: string, displays: KernelReply["displays"], key: string): KeptPictures {
  const kept: KeptPictures = { artifacts: [], leftOut: 0 };
  for (const { mime, data } of displays) {
    if (mime !== "image/png") continue;
    const bytes = data.length > pictureBytesMax * 1.4 ? undefined : Buffer.from(data, "base64");
    const isPicture = bytes !== undefined && bytes.length <= pictureBytesMax && bytes.subarray(0, signature.length).equals(signature);
    if (!isPicture || kept.artifacts.length === picturesMax) kept.leftOut += 1;
    else kept.artifacts.push({ path: `python/${key}-${kept.artifacts.length + 1}.png`, ...writeBlob(stateDir, bytes) });
  }
  return kept;
}
