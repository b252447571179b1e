import { AgentctlError } from "../base/errors.ts";
import type { JobFile, JobLimits } from "./job.ts";

/** The files of a job as one tar, paths relative to /work. Refuses paths that lead elsewhere and more than the job's disk holds. */
export async function packFiles(files: readonly JobFile[], limits: Pick<JobLimits, "diskMiB">): Promise<Buffer> {
  const { pack } = await import("tar-stream");
  const tar = pack();
  let bytes = 0;
  for (const file of files) {
    checkPath(file.path);
    const data = typeof file.data === "string" ? Buffer.from(file.data) : Buffer.from(file.data.buffer, file.data.byteOffset, file.data.byteLength);
    bytes += data.length;
    if (bytes > limits.diskMiB * 1024 * 1024) {
      throw new AgentctlError("runner/input-too-large", `the files of this job have more than the ${limits.diskMiB} MiB of its disk`, {
        hint: "give fewer files, or raise disk-mib",
        exit: "usage",
      });
    }
    tar.entry({ name: file.path, mode: file.mode ?? 0o444, mtime: new Date(0), type: "file" }, data);
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}

function checkPath(path: string): void {
  const parts = path.split("/");
  const plain = parts.every((part) => part !== "" && part !== "." && part !== "..") && !path.includes("\0") && path.isWellFormed();
  if (!plain || path.length > 1024) {
    throw new AgentctlError("runner/bad-file-path", `the path ${JSON.stringify(path)} is not a plain path relative to /work`, { exit: "usage" });
  }
  if (parts[0] === "out") throw new AgentctlError("runner/bad-file-path", `the path ${path} lies in the output folder`, { exit: "usage" });
}
