import { AgentctlError } from "../base/errors.ts";
import type { EffectiveConfig } from "../workspace/config.ts";
import { requireCommittedKeys } from "./committed-keys.ts";

/** Whether there is a sidecar at all; else why not, and the mend. */
export type SidecarMode = { on: true } | { on: false; why: string; hint: string };

/**
 * The mode in force. `on` in agentctl.yaml counts where it is committed; `off` counts anywhere. What the environment says is the person's own, and of their
 * own processes only: no lane and no run that began without a sidecar is changed by it.
 */
export async function sidecarMode(config: EffectiveConfig, env: NodeJS.ProcessEnv): Promise<SidecarMode> {
  if (config.values.sidecar.mode !== "on") {
    return { on: false, why: "the Python sidecar is off (sidecar.mode)", hint: "set sidecar: { mode: on } in agentctl.yaml and commit it" };
  }
  try {
    const otherwise = "a sidecar that nobody agreed to would start";
    await requireCommittedKeys(config, env, { keys: ["sidecar.mode"], code: "workspace/sidecar-not-committed", otherwise });
    return { on: true };
  } catch (thrown) {
    if (!(thrown instanceof AgentctlError) || thrown.code !== "workspace/sidecar-not-committed") throw thrown;
    return { on: false, why: thrown.message, hint: thrown.hint ?? "commit agentctl.yaml" };
  }
}

/** Error (exit denied): `sidecar/off`. */
export async function requireSidecar(config: EffectiveConfig, env: NodeJS.ProcessEnv): Promise<void> {
  const mode = await sidecarMode(config, env);
  if (!mode.on) throw new AgentctlError("sidecar/off", mode.why, { hint: mode.hint, exit: "denied" });
}
