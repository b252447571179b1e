import type { ContainerInfo } from "dockerode";
import { systemClock } from "../base/clock.ts";
import { engineError, statusOf } from "./engine-errors.ts";
import type { JobEngine } from "./job-engine.ts";
import { isAlive, labels, parseOwner, thisOwner } from "./owner.ts";
import { removeNetworks } from "./sweep-networks.ts";

/** Clocks of several hosts may differ by this much before a passed deadline counts. */
const clockSlackMs = 60_000;

/**
 * Removes containers, and the networks of calls, that nobody waits for any more: their owner process on this host is dead, or their deadline has passed.
 * Called when a run starts, and by doctor. Returns how many containers were removed.
 */
export async function sweepOrphans(engine: JobEngine): Promise<number> {
  const nowMs = systemClock.nowMs();
  const gone = await removeAll(
    engine,
    (await ours(engine)).filter((container) => isOrphan(container.Labels, nowMs)),
  );
  await removeNetworks(engine, (found) => isOrphan(found, nowMs));
  return gone;
}

/** As `sweepOrphans`, beside other work: never rejects, since what cannot be swept now is swept by the next one. */
export async function sweepBeside(engine: JobEngine): Promise<void> {
  await sweepOrphans(engine).catch(() => 0);
}

/** Whether a container with these labels is left over. Unreadable labels are not ours to judge before their deadline. Pure but for the process table. */
export function isOrphan(found: Readonly<Record<string, string>>, nowMs: number): boolean {
  const deadlineMs = Number(found[labels.deadline]);
  if (Number.isFinite(deadlineMs) && deadlineMs + clockSlackMs < nowMs) return true;
  const owner = parseOwner(found[labels.owner] ?? "");
  return owner !== undefined && isAlive(owner) === false;
}

/**
 * Kills and removes every job and its network at once, for a halt: with a scope those of that state directory, whichever process or host they
 * belong to; without one those of this host. Returns how many.
 */
export async function killAll(engine: JobEngine, scope?: string): Promise<number> {
  const { host } = thisOwner();
  const mine = (found: Readonly<Record<string, string>>): boolean =>
    scope === undefined ? parseOwner(found[labels.owner] ?? "")?.host === host : found[labels.scope] === scope;
  const gone = await removeAll(
    engine,
    (await ours(engine)).filter((container) => mine(container.Labels)),
  );
  await removeNetworks(engine, mine);
  return gone;
}

async function ours(engine: JobEngine): Promise<ContainerInfo[]> {
  try {
    return await engine.docker.listContainers({ all: true, filters: { label: [labels.owner] } });
  } catch (thrown) {
    throw engineError(thrown, "its containers were listed");
  }
}

async function removeAll(engine: JobEngine, containers: readonly ContainerInfo[]): Promise<number> {
  const removed = await Promise.all(
    containers.map(async ({ Id }) => {
      try {
        await engine.docker.getContainer(Id).remove({ force: true, v: true });
        return 1;
      } catch (thrown) {
        // Gone, or being removed by its owner or another sweep.
        if (statusOf(thrown) === 404 || statusOf(thrown) === 409) return 0;
        throw engineError(thrown, "a container was removed");
      }
    }),
  );
  return removed.reduce<number>((sum, one) => sum + one, 0);
}
