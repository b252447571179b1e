import type { VolumeInspectInfo } from "dockerode";
import { systemClock } from "../base/clock.ts";
import { engineError } from "./engine-errors.ts";
import type { JobEngine } from "./job-engine.ts";
import { isAlive, labels, parseOwner } from "./owner.ts";
import { markName, removeByName, removeVolume, volumeLabels, type VolumeKey } from "./volume.ts";

/** A volume that belongs to nobody for this long was left behind. */
const forgottenAfterMs = 60 * 60_000;
/** A view that was made so long ago is made again when it is wanted: when it was last used, no engine says. */
const viewAgeMaxMs = 7 * 86_400_000;

export interface VolumesSwept {
  /** Of this state directory. */
  scope: string;
  /** Whether a run is known: the scratch of one that is not is removed. */
  isKnown(run: string): boolean;
  /** Also old views and half filled volumes of other state directories, which may be gone; their scratches only they know. */
  elsewhere?: boolean;
  /** Default: now. */
  nowMs?: number;
}

/** What the engine says of one of our volumes. */
export type FoundVolume = Pick<VolumeInspectInfo, "Name" | "Labels"> & { CreatedAt?: string };

/**
 * Removes volumes that nobody needs: half filled ones whose process is dead, the scratch of runs that do not exist, old views. One that a container uses
 * stays. Returns how many went.
 */
export async function sweepVolumes(engine: JobEngine, { scope, isKnown, elsewhere = false, nowMs = systemClock.nowMs() }: VolumesSwept): Promise<number> {
  const volumes = await ownVolumes(engine, elsewhere ? undefined : scope);
  const held = new Set(volumes.flatMap(({ Labels }) => Labels?.[volumeLabels.holds] ?? []));
  let gone = 0;
  for (const volume of volumes) {
    const key = keyOf(volume);
    const isMark = key !== undefined && volume.Name === markName(key);
    const known = (run: string): boolean => key?.scope !== scope || isKnown(run);
    if (isMark && isOver(key, volume, nowMs, known)) gone += (await removeVolume(engine, key)) ? 1 : 0;
    else if (!isMark && !held.has(volume.Name) && isForgotten(volume, nowMs)) gone += (await removeByName(engine.docker, volume.Name)) ? 1 : 0;
  }
  return gone;
}

/** Whether what a mark stands for is not needed any more. */
function isOver(key: VolumeKey, volume: FoundVolume, nowMs: number, isKnown: (run: string) => boolean): boolean {
  if (key.kind === "view") return ageMs(volume, nowMs) > viewAgeMaxMs;
  return ageMs(volume, nowMs) > forgottenAfterMs && !isKnown(key.key);
}

/** Whether a volume without a mark is not being filled by anybody. */
export function isForgotten(volume: FoundVolume, nowMs: number): boolean {
  const owner = parseOwner(volume.Labels?.[labels.owner] ?? "");
  return (owner !== undefined && isAlive(owner) === false) || ageMs(volume, nowMs) > forgottenAfterMs;
}

function ageMs({ CreatedAt }: FoundVolume, nowMs: number): number {
  const createdMs = Date.parse(CreatedAt ?? "");
  return Number.isFinite(createdMs) ? nowMs - createdMs : 0;
}

function keyOf({ Labels }: FoundVolume): VolumeKey | undefined {
  const { [volumeLabels.kind]: kind, [volumeLabels.key]: key, [labels.scope]: scope } = Labels ?? {};
  return (kind === "view" || kind === "scratch") && key !== undefined && scope !== undefined ? { kind, key, scope } : undefined;
}

/** Every volume of a state directory, or of all. */
export async function ownVolumes(engine: JobEngine, scope: string | undefined): Promise<FoundVolume[]> {
  try {
    const label = [volumeLabels.kind, ...(scope === undefined ? [] : [`${labels.scope}=${scope}`])];
    const { Volumes } = await engine.docker.listVolumes({ filters: { label } });
    return Volumes ?? [];
  } catch (thrown) {
    throw engineError(thrown, "its volumes were listed");
  }
}
