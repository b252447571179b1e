import { AgentctlError } from "../base/errors.ts";
import { connectEngine, type Engine } from "../runner/engine.ts";
import type { EffectiveConfig } from "../workspace/config.ts";
import { requireCommittedKeys } from "./committed-keys.ts";

/** The engine that the configuration names, else the usual one. Errors: `workspace/engine-not-committed` (exit usage), and those of `connectEngine`. */
export async function openEngine(config: EffectiveConfig | undefined, env: NodeJS.ProcessEnv): Promise<Engine> {
  if (config === undefined) return connectEngine({ env });
  await requireCommittedEngine(config, env);
  const secret = config.entries.some((entry) => entry.key === "engine.host" && entry.secret);
  if (!secret) return connectEngine({ env, ...config.values.engine });
  try {
    const engine = await connectEngine({ env, ...config.values.engine });
    return { ...engine, info: { ...engine.info, url: hidden } };
  } catch (thrown) {
    throw thrown instanceof AgentctlError ? withoutAddress(thrown, config) : thrown;
  }
}

const hidden = "the address in engine.host";

/** An address that came out of a variable is a secret, whole and in its parts; the cause quotes it too and is left out. */
function withoutAddress({ code, message, hint, exit }: AgentctlError, config: EffectiveConfig): AgentctlError {
  const parts = config.secrets.filter((part) => part.length >= 4).toSorted((a, b) => b.length - a.length);
  const plain = parts.reduce((text, part) => text.replaceAll(part, "***"), message.replaceAll(config.values.engine.host ?? "", hidden));
  return new AgentctlError(code as `${string}/${string}`, plain, { hint, exit });
}

/**
 * Jobs and the files given to them go to the engine, and what it answers is believed: an edit of agentctl.yaml that names another one changes nothing
 * until it is committed where policy is read from. The environment is the person's own.
 */
async function requireCommittedEngine(config: EffectiveConfig, env: NodeJS.ProcessEnv): Promise<void> {
  await requireCommittedKeys(config, env, {
    keys: ["engine.host", "engine.runtime"],
    code: "workspace/engine-not-committed",
    otherwise: "jobs would go there",
  });
}
