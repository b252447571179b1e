import type Docker from "dockerode";
import type { ContainerInspectInfo, NetworkInspectInfo } from "dockerode";
import { canonicalJson } from "../base/canonical-json.ts";
import { AgentctlError } from "../base/errors.ts";
import { engineError, statusOf } from "./engine-errors.ts";
import type { JobEngine } from "./job-engine.ts";
import { formatOwner, labels, thisOwner } from "./owner.ts";

/** The network of one call, on which are its job and its proxy. A container without one has none at all. */
export interface JobNetwork {
  /** Name of a network that `createNetwork` made; it is looked at before the container starts. */
  name: string;
  /** Only the proxy: it is on the engine's own network too, which leads out, and asks these addresses for names (none: those of the host). */
  outward?: { dns: readonly string[] };
}

/** One network, as the proxy has to know it. */
export interface CallNetwork {
  name: string;
  /** `172.20.0.0/16` */
  subnet: string;
  /** The address that the host would have, and must not. */
  gateway: string;
}

/** The network that leads out, which every engine has. */
const outside = "bridge";
/** Without it the host has an address on the network, and with it everything that listens on all of its addresses. */
const options = { "com.docker.network.bridge.inhibit_ipv4": "true" };

/** Where a job asks for names: nobody listens on its own loopback, and nothing is passed on to a server of the host (CVE-2024-29018). */
export const nowhere = "127.0.0.1";

/** Kernel settings of the proxy: it stands between two networks and must neither route nor answer for one on the other. */
export const outwardSysctls = { "net.ipv4.ip_forward": "0", "net.ipv4.conf.all.arp_ignore": "1", "net.ipv4.conf.all.rp_filter": "1" };

/** Makes an internal network for one call. Errors: `runner/engine-lost`, `runner/engine-refused`, `runner/not-hardened`. */
export async function createNetwork(engine: JobEngine, made: { name: string; run: string; scope: string; deadlineMs: number }): Promise<CallNetwork> {
  const Labels = {
    [labels.owner]: formatOwner(thisOwner()),
    [labels.run]: made.run,
    [labels.scope]: made.scope,
    [labels.deadline]: String(made.deadlineMs),
  };
  const asked = { Name: made.name, Driver: "bridge", Internal: true, EnableIPv6: false, Attachable: false, CheckDuplicate: true, Options: options, Labels };
  try {
    await engine.docker.createNetwork(asked);
    return placeOf(await verifiedNetwork(engine.docker, made.name, made.scope));
  } catch (thrown) {
    await removeNetwork(engine, made.name).catch(() => undefined);
    throw engineError(thrown, "a network was made");
  }
}

/** Removes it, and first takes off whatever is still on it; one that is gone is no error. False when the engine keeps it. */
export async function removeNetwork(engine: JobEngine, name: string): Promise<boolean> {
  const network = engine.docker.getNetwork(name);
  for (let tries = 0; tries < 3; tries += 1) {
    try {
      await network.remove();
      return true;
    } catch (thrown) {
      if (statusOf(thrown) === 404) return true;
      if (statusOf(thrown) !== 403 && statusOf(thrown) !== 409) throw engineError(thrown, "a network was removed");
    }
    const found: NetworkInspectInfo | undefined = await network.inspect().catch(() => undefined);
    for (const Container of Object.keys(found?.Containers ?? {})) await network.disconnect({ Container, Force: true }).catch(() => undefined);
  }
  return false;
}

/** Puts the proxy on the network that leads out. Before its start, so that it never runs without. */
export async function joinOutside(docker: Docker, container: string, network: JobNetwork | undefined): Promise<void> {
  if (network?.outward !== undefined) await docker.getNetwork(outside).connect({ Container: container });
}

/**
 * Looks at the network of a container once that is made: what it is, whose, and that the container is on no other. Errors: `runner/no-network`,
 * `runner/not-hardened`.
 */
export async function verifyNetwork(docker: Docker, network: JobNetwork | undefined, scope: string | undefined, made: ContainerInspectInfo): Promise<void> {
  const on = Object.keys(made.NetworkSettings.Networks).toSorted();
  const expected = network === undefined ? ["none"] : [network.name, ...(network.outward === undefined ? [] : [outside])].toSorted();
  // An engine may list a network without containers only when it has started one.
  if (network === undefined ? on.some((name) => name !== "none") : canonicalJson(on) !== canonicalJson(expected))
    throw new AgentctlError("runner/not-hardened", `the engine put a container on the networks ${on.join(", ")} where ${expected.join(", ")} was asked for`, {
      details: { expected, on },
    });
  if (network !== undefined) await verifiedNetwork(docker, network.name, scope);
}

async function verifiedNetwork(docker: Docker, name: string, scope: string | undefined): Promise<NetworkInspectInfo> {
  const found = await inspect(docker, name);
  if (found === undefined) throw new AgentctlError("runner/no-network", `the network ${name} is not there any more: somebody removed it`);
  const is = { driver: found.Driver, internal: found.Internal, ipv6: found.EnableIPv6, options: found.Options ?? {}, scope: found.Labels?.[labels.scope] };
  const must = { driver: "bridge", internal: true, ipv6: false, options, scope };
  if (canonicalJson(is) === canonicalJson(must)) return found;
  throw new AgentctlError("runner/not-hardened", `the network ${name} is not what a job may be on`, { details: { is, must }, hint: "agentctl doctor --prove" });
}

function placeOf({ Name, IPAM }: NetworkInspectInfo): CallNetwork {
  const { Subnet, Gateway } = IPAM?.Config?.[0] ?? {};
  if (Subnet === undefined) throw new AgentctlError("runner/not-hardened", `the engine gave the network ${Name} no addresses`);
  return { name: Name, subnet: Subnet, gateway: (Gateway ?? firstOf(Subnet)).replace(/\/\d+$/, "") };
}

/** Newer engines leave the gateway out when nobody is to have it; it is the first address. */
function firstOf(subnet: string): string {
  const parts = subnet.replace(/\/\d+$/, "").split(".");
  return [...parts.slice(0, 3), Number(parts[3]) + 1].join(".");
}

async function inspect(docker: Docker, name: string): Promise<NetworkInspectInfo | undefined> {
  try {
    return await docker.getNetwork(name).inspect();
  } catch (thrown) {
    if (statusOf(thrown) === 404) return undefined;
    throw engineError(thrown, "a network was looked at");
  }
}
