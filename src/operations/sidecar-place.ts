import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { isMapping } from "../base/mapping.ts";
import { ownerState, thisProcess, type Owner } from "../ledger/owner.ts";
import { makeFolder, writeWhole } from "../trace/disk.ts";

/** Where the sidecar of a workspace listens, and which process keeps it. */
export interface SidecarAddress {
  run: string;
  socket: string;
  owner: Owner;
  /** RFC 3339 in UTC. */
  started: string;
}

/** What a system takes as the path of a socket, at most; the shortest of those that we run on. */
const socketPathBytesMax = 100;

function folderOf(stateDir: string): string {
  return join(stateDir, "sidecar");
}

function fileOf(stateDir: string): string {
  return join(folderOf(stateDir), "keeper.json");
}

/**
 * A path for a new socket in a folder that only this person may enter: in the state folder, or, where that lies too deep for a socket, in a new one of the
 * system's for temporary files. `remove` takes away what was made.
 */
export function socketPlace(stateDir: string): { socket: string; remove(): void } {
  const folder = folderOf(stateDir);
  makeFolder(folder);
  chmodSync(folder, 0o700);
  const usual = join(folder, "socket");
  rmSync(usual, { force: true });
  if (Buffer.byteLength(usual) <= socketPathBytesMax) return { socket: usual, remove: () => rmSync(usual, { force: true }) };
  const temporary = [tmpdir(), "/tmp"].find((path) => Buffer.byteLength(path) < 60) ?? "/tmp";
  mkdirSync(temporary, { recursive: true });
  const own = mkdtempSync(join(temporary, "agentctl-sidecar-"));
  return { socket: join(own, "socket"), remove: () => rmSync(own, { recursive: true, force: true }) };
}

/** Tells others where this process listens; written when it does. */
export function writeAddress(stateDir: string, address: Omit<SidecarAddress, "owner">): void {
  writeWhole(fileOf(stateDir), JSON.stringify({ ...address, owner: thisProcess() }));
}

export function removeAddress(stateDir: string): void {
  rmSync(fileOf(stateDir), { force: true });
}

/** Undefined where no sidecar is kept. `dead`: its process is gone and could not say so. */
export function readAddress(stateDir: string): (SidecarAddress & { state: "alive" | "dead" }) | undefined {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(fileOf(stateDir), "utf8"));
  } catch {
    return undefined;
  }
  if (!isMapping(value) || !isMapping(value["owner"]) || typeof value["socket"] !== "string" || typeof value["run"] !== "string") return undefined;
  const address = value as unknown as SidecarAddress;
  return { ...address, state: ownerState(address.owner) === "alive" ? "alive" : "dead" };
}

/** Takes away what a dead keeper left. */
export function sweepAddress(stateDir: string): void {
  const found = readAddress(stateDir);
  if (found?.state !== "dead") return;
  const folder = dirname(found.socket);
  if (/^agentctl-sidecar-[A-Za-z0-9]+$/.test(folder.slice(folder.lastIndexOf("/") + 1))) rmSync(folder, { recursive: true, force: true });
  else rmSync(join(folderOf(stateDir), "socket"), { force: true });
  removeAddress(stateDir);
}
