import type { NetworkInspectInfo } from "dockerode";
import { engineError } from "./engine-errors.ts";
import type { JobEngine } from "./job-engine.ts";
import { removeNetwork } from "./network.ts";
import { labels } from "./owner.ts";

/** Removes networks of calls whose labels say so, after their containers are gone. Returns how many went. */
export async function removeNetworks(engine: JobEngine, isOver: (found: Readonly<Record<string, string>>) => boolean): Promise<number> {
  const over = (await ownNetworks(engine)).filter(({ Labels }) => isOver(Labels ?? {}));
  const removed = await Promise.all(over.map(({ Id }) => removeNetwork(engine, Id)));
  return removed.filter(Boolean).length;
}

async function ownNetworks(engine: JobEngine): Promise<NetworkInspectInfo[]> {
  try {
    return await engine.docker.listNetworks({ filters: { label: [labels.owner] } });
  } catch (thrown) {
    throw engineError(thrown, "its networks were listed");
  }
}
