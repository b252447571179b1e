import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { processStart } from "../base/process-start.ts";

/** Who a container belongs to, so that any later process can tell whether its owner still lives. Written as `host:pid:start`. */
export interface Owner {
  /** Names this machine since its start and this process's view of pids: a pid means nothing anywhere else. */
  host: string;
  pid: number;
  /** Start of the process in the kernel's ticks; 0 where the system does not say. Tells a reused pid apart. */
  start: number;
}

export const labels = { owner: "agentctl.owner", run: "agentctl.run", deadline: "agentctl.deadline", scope: "agentctl.scope" } as const;

let own: Owner | undefined;

/** This process, as the owner of the containers that it makes. */
export function thisOwner(): Owner {
  own ??= { host: hostId(), pid: process.pid, start: startOf(process.pid) ?? 0 };
  return own;
}

export function formatOwner(owner: Owner): string {
  return `${owner.host}:${owner.pid}:${owner.start}`;
}

/** What `formatOwner` wrote; undefined for anything else. */
export function parseOwner(label: string): Owner | undefined {
  const [, host, pid, start] = /^([0-9a-f]{16}):([1-9]\d{0,9}):(\d{1,20})$/.exec(label) ?? [];
  return host === undefined ? undefined : { host, pid: Number(pid), start: Number(start) };
}

/** Whether the owner lives, as far as this host can know; undefined when it belongs to another host. */
export function isAlive(owner: Owner): boolean | undefined {
  if (owner.host !== thisOwner().host) return undefined;
  const start = startOf(owner.pid);
  if (start !== undefined && owner.start !== 0) return start === owner.start;
  if (start === undefined && owner.start !== 0) return false;
  try {
    process.kill(owner.pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "EPERM";
  }
}

function hostId(): string {
  const facts = ["/etc/machine-id", "/proc/sys/kernel/random/boot_id"].map((path) => readable(() => readFileSync(path, "utf8").trim()));
  facts.push(readable(() => readlinkSync("/proc/self/ns/pid")));
  return createHash("sha256")
    .update([hostname(), ...facts].join("\n"))
    .digest("hex")
    .slice(0, 16);
}

function startOf(pid: number): number | undefined {
  const start = processStart(pid);
  return start === undefined ? undefined : Number(start);
}

function readable(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}
