import { laneOf } from "../ledger/lanes.ts";
import type { OpenRun } from "./in-run.ts";
import type { Authority } from "./load-authority.ts";
import type { RunSidecar } from "./run-sidecar.ts";
import type { Sandbox } from "./sandbox.ts";

/** The sidecar of an agent's run: subtasks share it, it lives at most as long as the part, and nothing is started before the first cell. */
export interface AgentSidecar {
  open(): Promise<RunSidecar>;
  close(): Promise<void>;
}

export interface AgentSidecarAsked {
  open: OpenRun;
  authority: Authority;
  root: string;
  sandbox: () => Promise<Sandbox>;
}

export function agentSidecar({ open, authority, root, sandbox }: AgentSidecarAsked): AgentSidecar {
  // Of a run that had one before: in an earlier part, or in the run that this one was forked from.
  const before = laneOf(open.ledger, root)?.lane === "sidecar";
  let opened: Promise<RunSidecar> | undefined;
  return {
    open: () => (opened ??= openOne()),
    async close() {
      await (await opened?.catch(() => undefined))?.close();
    },
  };

  async function openOne(): Promise<RunSidecar> {
    const [{ RunSidecar, lostWithProcess }, { kernelPlan }] = await Promise.all([import("./run-sidecar.ts"), import("./sidecar-kernel.ts")]);
    return new RunSidecar({
      open,
      root,
      idleMs: authority.config.values.sidecar.idleMs,
      lost: before ? lostWithProcess : undefined,
      plan: async () => kernelPlan(await (await sandbox()).residence("python"), authority.config.values),
      writing: async (work, signal) => (await sandbox()).writing(work, signal),
    });
  }
}
