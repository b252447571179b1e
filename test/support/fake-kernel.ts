import type { EventData, EventKind } from "../../src/event/events.ts";
import type { OpenRun } from "../../src/operations/in-run.ts";
import { RunSidecar, type SidecarPlace } from "../../src/operations/run-sidecar.ts";
import type { Kernel, KernelReply } from "../../src/runner/kernel.ts";
import type { SessionEnd } from "../../src/runner/session.ts";
import { never } from "./sandbox.ts";

/** What a kernel of a test answers to a cell. */
export type FakeCell = (code: string) => Partial<KernelReply> | Promise<Partial<KernelReply>>;

export interface FakeKernel extends Kernel {
  closed: boolean;
  /** Ends it, as a crash would. */
  die(end?: Partial<SessionEnd>): void;
}

export function fakeKernel(cell: FakeCell, container = "k"): FakeKernel {
  const { promise: ended, resolve } = Promise.withResolvers<SessionEnd>();
  const kernel: FakeKernel = {
    container,
    closed: false,
    ended,
    async execute(code) {
      const reply = await cell(code);
      return { outcome: "ok", stdout: "", stderr: "", displays: [], truncated: false, durationMs: 1, ...reply };
    },
    interrupt: async () => undefined,
    reset: async () => undefined,
    status: () => ({ state: "idle", cells: 0, restarts: 0 }),
    async close() {
      kernel.closed = true;
      resolve({ outcome: "cancelled", exitCode: undefined, oomKilled: false });
    },
    die: (end = {}) => resolve({ outcome: "crashed", exitCode: 1, oomKilled: false, ...end }),
  };
  return kernel;
}

export interface FakeSidecar {
  sidecar: RunSidecar;
  kernels: FakeKernel[];
  /** What it recorded, as `started` or the reason of an end. */
  events: string[];
}

/** The sidecar of a run, whose kernels answer as `cell` says. */
export function fakeSidecar(cell: FakeCell, more: Partial<SidecarPlace> & { stateDir?: string } = {}): FakeSidecar {
  const kernels: FakeKernel[] = [];
  const events: string[] = [];
  const recorder = {
    run: "r-test",
    async append<K extends EventKind>(kind: K, data: EventData[K]) {
      events.push(kind === "sidecar.started" ? "started" : (data as EventData["sidecar.ended"]).why);
      return undefined as never;
    },
  };
  const open = { run: "r-test", stateDir: more.stateDir ?? "/nonexistent", stop: never, recorder, mask: <T>(value: T): T => value } as unknown as OpenRun;
  const sidecar = new RunSidecar({
    open,
    root: "r-test",
    idleMs: 3_600_000,
    plan: async () => ({
      image: "sha256:0",
      limits: {},
      async open() {
        const kernel = fakeKernel(cell, `k${kernels.length + 1}`);
        kernels.push(kernel);
        return kernel;
      },
      release: () => undefined,
    }),
    writing: async (work) => ({ value: await work(), changes: [], unlisted: 0 }),
    ...more,
  });
  return { sidecar, kernels, events };
}
