import { readFileSync } from "node:fs";
import { AgentctlError } from "../base/errors.ts";
import type { EngineInfo } from "../runner/engine.ts";
import type { ScratchState } from "./sandbox-report.ts";

export interface ScratchLimits {
  bytesMax: number;
  /** Percent. */
  freeMemoryMin: number;
}

/** Of a machine, in KiB. */
export interface MachineMemory {
  availableKiB: number;
  totalKiB: number;
}

/**
 * Refuses before anything is written into a scratch that is full, or that cannot be measured.
 * Error: `sandbox/too-full`, with the largest files.
 */
export function requireRoom({ usage, truncated, manifest }: ScratchState, { bytesMax }: ScratchLimits): void {
  if (truncated) {
    throw new AgentctlError("sandbox/too-full", "scratch/ holds more files than can be counted, or folders that are nested too deep", {
      hint: "start another run: this one's scratch/ cannot be measured any more",
    });
  }
  if (usage <= bytesMax) return;
  const largest = [...manifest].toSorted(([, a], [, b]) => b.bytes - a.bytes).slice(0, 3);
  const names = largest.map(([path, { bytes }]) => `scratch/${path.toWellFormed()} (${bytes} bytes)`);
  throw new AgentctlError("sandbox/too-full", `scratch/ holds ${usage} bytes; ${bytesMax} are allowed (scratch.bytesMax)`, {
    hint: `empty what is not needed (write_file with empty content does that): ${names.join(", ")}`,
    details: { usage, bytesMax },
  });
}

/** Error: `sandbox/no-memory`. What is not known is not refused: the job has a limit of its own. */
export function requireMemory(memory: MachineMemory | undefined, { freeMemoryMin }: ScratchLimits): void {
  if (memory === undefined || memory.totalKiB <= 0) return;
  const percent = (memory.availableKiB / memory.totalKiB) * 100;
  if (percent >= freeMemoryMin) return;
  throw new AgentctlError(
    "sandbox/no-memory",
    `the engine's machine has ${percent.toFixed(1)} % of its memory free; ${freeMemoryMin} % must stay free (scratch.freeMemoryMin)`,
    { hint: "wait until other work has ended, or lower scratch.freeMemoryMin", details: { ...memory, freeMemoryMin } },
  );
}

/** Of this machine, when the engine's jobs run on it; else undefined, and what a job said last counts. */
export function hostMemory({ remote }: Pick<EngineInfo, "remote">, path = "/proc/meminfo"): MachineMemory | undefined {
  if (remote || process.platform !== "linux") return undefined;
  try {
    return readMeminfo(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

/** Reads the kernel's words. */
export function readMeminfo(text: string): MachineMemory | undefined {
  const kibibytes = (name: string): number | undefined => {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const [availableKiB, totalKiB] = [kibibytes("MemAvailable"), kibibytes("MemTotal")];
  return availableKiB === undefined || totalKiB === undefined ? undefined : { availableKiB, totalKiB };
}
