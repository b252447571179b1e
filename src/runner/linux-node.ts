import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

export interface LinuxNode {
  path: string;
  version: string;
  bytes: number;
}

/** ELF machine numbers, by Node's names. */
const machines: Readonly<Record<string, number>> = { x64: 0x3e, arm64: 0xb7 };
const oldestMajor = 24;
/** A Node that links its parts from the distribution is small, and does not run elsewhere. */
const wholeBytes = 50 * 1024 * 1024;

/**
 * A Linux Node 24 or newer that runs in a Debian container of this architecture: from the npm package `node` (or the `node-linux-*` it
 * installs) as seen from `from`, else the Node that runs this. Undefined where there is none, e.g. on macOS without those packages.
 */
export function findLinuxNode(from: string, arch: string, own = { path: process.execPath, version: process.versions.node }): LinuxNode | undefined {
  const candidates = [...["node", `node-linux-${arch}`].flatMap((name) => packaged(from, name, arch)), own];
  for (const { path, version } of candidates) {
    if (Number(version.split(".")[0]) < oldestMajor || !isLinuxBinary(path, arch)) continue;
    const { size } = statSync(path);
    if (size >= wholeBytes) return { path, version, bytes: size };
  }
  return undefined;
}

function packaged(from: string, name: string, arch: string): { path: string; version: string }[] {
  let manifest: string;
  try {
    manifest = createRequire(join(from, "package.json")).resolve(`${name}/package.json`);
  } catch {
    return [];
  }
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  const folder = dirname(manifest);
  return [join(folder, "bin", "node"), join(folder, "node_modules", `node-linux-${arch}`, "bin", "node")].map((path) => ({ path, version }));
}

/** An ELF file for this machine that loads with glibc's loader (Alpine's Node loads with another). */
function isLinuxBinary(path: string, arch: string): boolean {
  if (!existsSync(path)) return false;
  const head = Buffer.alloc(4096);
  const file = openSync(path, "r");
  try {
    readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  return head.subarray(0, 4).equals(Buffer.from("\x7fELF", "latin1")) && head.readUInt16LE(18) === machines[arch] && head.includes("/ld-linux");
}
