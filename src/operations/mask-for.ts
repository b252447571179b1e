import { createMask, type Mask } from "../trace/mask.ts";
import { maskKey } from "../trace/mask-key.ts";
import { notifySecrets } from "../workspace/notify-variables.ts";

/** The mask of a workspace: the secrets of this environment, those that the configuration names, and every known format. */
export function maskFor(stateDir: string, env: NodeJS.ProcessEnv, named: { names?: readonly string[]; secrets?: readonly string[] } = {}): Mask {
  const secrets = [...(named.secrets ?? []), ...notifySecrets(env)];
  const configured = Object.fromEntries(secrets.map((secret, index) => [`AGENTCTL_CONFIG_SECRET_${index}`, secret]));
  return createMask({ ...env, ...configured }, { names: named.names ?? [], key: maskKey(stateDir) });
}
