import type { NetworkInspectInfo } from "dockerode";
import { engineError } from "./engine-errors.ts";
import type { JobEngine } from "./job-engine.ts";
import { removeNetwork } from "./network.ts";
import { labels } from "./owner.ts";

/** Removes networks of calls whose labels say so, after their containers are gone. Returns how many went. */
export async function removeNetworks(engine: JobEngine, isOver: (found: Readonly<Record<string, string>>) => boolean): Promise<number> {
  let gone = 0;
  for (const { Id, Labels } of await ownNetworks(engine)) {
    if (isOver(Labels ?? {}) && (await removeNetwork(engine, Id))) gone += 1;
  }
  return gone;
}

async function ownNetworks(engine: JobEngine): Promise<NetworkInspectInfo[]> {
  try {
    return await engine.docker.listNetworks({ filters: { label: [labels.owner] } });
  } catch (thrown) {
    throw engineError(thrown, "its networks were listed");
  }
}
