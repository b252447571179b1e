import { setTimeout as wait } from "node:timers/promises";
import { systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { ensureStateDir, findWorkspace } from "../workspace/find.ts";
import { ask, type AskSidecarAsked } from "./ask-sidecar.ts";
import { readAddress, sweepAddress } from "./sidecar-place.ts";
import { stopRun } from "./stop-run.ts";

export interface StoppedSidecar {
  /** `none`: there was no sidecar; `swept`: its process had died, and what it left was taken away. */
  how: "none" | "swept" | "stopped" | "killed";
  run?: string;
}

/** How long it has to go by itself. */
const graceMs = 5_000;

/** Ends the workspace's sidecar; also where the configuration turned it off, or its process does not answer. */
export async function stopSidecar({ cwd, env }: AskSidecarAsked): Promise<StoppedSidecar> {
  const stateDir = ensureStateDir(findWorkspace(cwd, env, { initialised: true }));
  const address = readAddress(stateDir);
  if (address === undefined) return { how: "none" };
  const { run } = address;
  if (address.state === "dead") {
    sweepAddress(stateDir);
    return { how: "swept", run };
  }
  // One that does not answer is ended as any run is.
  const told = await Promise.race([
    ask(address, { op: "stop" }).then(
      () => true,
      () => false,
    ),
    wait(graceMs).then(() => false),
  ]);
  const deadlineMs = systemClock.monotonicMs() + (told ? graceMs : 0);
  while (systemClock.monotonicMs() < deadlineMs) {
    if (readAddress(stateDir)?.run !== run) return { how: "stopped", run };
    await wait(20);
  }
  try {
    const { how } = await stopRun({ cwd, env, run });
    sweepAddress(stateDir);
    return { how, run };
  } catch (thrown) {
    if (!(thrown instanceof AgentctlError) || thrown.code !== "agent/not-running") throw thrown;
    sweepAddress(stateDir);
    return { how: "stopped", run };
  }
}
