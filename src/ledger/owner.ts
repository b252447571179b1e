import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { processStart } from "../base/process-start.ts";

/** Which process does something, exactly enough to know later whether it is still there: process ids are used again. */
export interface Owner {
  pid: number;
  /** Start of the process in ticks since boot; empty where the system does not tell. */
  processStart: string;
  /** Changes with every boot; empty where the system does not tell. */
  boot: string;
  host: string;
}

/** This process, as others will look for it. */
export function thisProcess(): Owner {
  return { pid: process.pid, processStart: processStart(process.pid) ?? "", boot: bootId(), host: hostname() };
}

/** `unknown`: it runs, or ran, on another machine. */
export function ownerState(owner: Owner): "alive" | "dead" | "unknown" {
  if (owner.host !== hostname()) return "unknown";
  if (owner.boot !== bootId()) return "dead";
  if (owner.processStart !== "") return processStart(owner.pid) === owner.processStart ? "alive" : "dead";
  try {
    process.kill(owner.pid, 0);
    return "alive";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" ? "alive" : "dead";
  }
}

function bootId(): string {
  return readOr("/proc/sys/kernel/random/boot_id", "").trim();
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return otherwise;
  }
}
