import { isIP } from "node:net";
import { AgentctlError } from "../base/errors.ts";
import { badHost } from "../policy/refusal.ts";
import type { EffectiveConfig } from "../workspace/config.ts";
import { requireCommittedKeys } from "./committed-keys.ts";

export interface EgressSettings {
  /** Of machines of one's own, by host. */
  addresses: Record<string, string>;
  dns: readonly string[];
  bytesMax: number;
}

/** `egress:` of the configuration. Errors (exit usage): `workspace/egress-not-committed`, `workspace/bad-config`. */
export async function egressSettings(config: EffectiveConfig, env: NodeJS.ProcessEnv): Promise<EgressSettings> {
  await requireCommittedKeys(config, env, {
    keys: ["egress.addresses", "egress.dns", "egress.bytesMax"],
    code: "workspace/egress-not-committed",
    otherwise: "containers would get out to where nobody agreed to",
  });
  const { addresses, dns, bytesMax } = config.values.egress;
  const wrong = dns.find((address) => isIP(address) === 0);
  if (wrong !== undefined) throw badSetting(`egress.dns names ${JSON.stringify(wrong)}, which is no address`, "e.g. egress: { dns: [10.0.0.53] }");
  return { addresses: Object.fromEntries(addresses.map(pinned)), dns, bytesMax };
}

function pinned(text: string): [host: string, address: string] {
  const [host = "", address = "", ...more] = text.split("=").map((part) => part.trim());
  if (more.length === 0 && badHost(host.toLowerCase()) === undefined && isIP(host) === 0 && isIP(address) !== 0) return [host.toLowerCase(), address];
  throw badSetting(`egress.addresses names ${JSON.stringify(text)}, which is not host=address`, "e.g. egress: { addresses: [prices.internal=10.0.0.5] }");
}

function badSetting(message: string, hint: string): AgentctlError {
  return new AgentctlError("workspace/bad-config", message, { hint, exit: "usage" });
}
