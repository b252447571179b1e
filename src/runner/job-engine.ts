import type Docker from "dockerode";
import { OomWatch } from "./oom-watch.ts";
import { formatOwner, thisOwner } from "./owner.ts";
import { StartGate } from "./start-gate.ts";

/** What jobs need of a container engine. A value, never a global: one process may use several. */
export interface JobEngine {
  readonly docker: Docker;
  /** CPUs of the engine's machine: how many containers are started at once. */
  readonly cpus: number;
  /** A runtime registered with the engine, e.g. runsc. */
  readonly runtime?: string | undefined;
}

/** What the jobs of one engine share in this process. */
export interface EngineState {
  gate: StartGate;
  oom: OomWatch;
  /** Ends and removals under way. */
  settling: Set<Promise<unknown>>;
}

const states = new WeakMap<Docker, EngineState>();

/** Made at first use; one for each client of an engine. */
export function stateOf(engine: JobEngine): EngineState {
  let state = states.get(engine.docker);
  if (state === undefined) {
    state = { gate: new StartGate(engine.cpus), oom: new OomWatch(engine.docker, formatOwner(thisOwner())), settling: new Set() };
    states.set(engine.docker, state);
  }
  return state;
}

/** Counts work that goes on after its result among what `jobsSettled` waits for. */
export function settleLater(engine: JobEngine, work: Promise<void>): Promise<void> {
  const { settling } = stateOf(engine);
  settling.add(work);
  const forget = (): boolean => settling.delete(work);
  work.then(forget, forget);
  return work;
}

/** Resolves when every container that this process has finished with is removed. */
export async function jobsSettled(engine: JobEngine): Promise<void> {
  const { settling } = stateOf(engine);
  while (settling.size > 0) await Promise.allSettled(settling);
}
