import type Docker from "dockerode";
import type { VolumeInspectInfo } from "dockerode";
import { AgentctlError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import { engineError, statusOf } from "./engine-errors.ts";
import { fillVolume, type VolumeContent } from "./fill-volume.ts";
import type { JobEngine } from "./job-engine.ts";
import type { JobMount } from "./job.ts";
import { formatOwner, labels, thisOwner } from "./owner.ts";

/** view: files that jobs read, the same for everybody; scratch: what the jobs of one run write. */
export type VolumeKind = "view" | "scratch";

export const volumeLabels = { kind: "agentctl.volume", key: "agentctl.volume-key", holds: "agentctl.volume-holds" } as const;

/** Which volume is meant. */
export interface VolumeKey {
  kind: VolumeKind;
  /** Digest of the state directory. */
  scope: string;
  /** The digest of what a view holds; the run of a scratch. Lower-case letters, digits and hyphens. */
  key: string;
}

export interface VolumeWanted extends VolumeKey {
  /** Image id of a runner: for the container through which it is filled, which never starts. */
  image: string;
  content: () => VolumeContent;
}

/**
 * The volume of this key, filled; made when there is none. An engine cannot rename volumes or change labels, so a second volume without content, the mark,
 * says which one is whole: whoever makes the mark first wins, and one that a crash left half filled has none.
 * Errors: `runner/no-image`, `runner/engine-lost`, `runner/engine-refused`.
 */
export async function ensureVolume(engine: JobEngine, wanted: VolumeWanted, signal?: AbortSignal): Promise<{ volume: string; made: boolean }> {
  for (;;) {
    const held = await findVolume(engine, wanted);
    if (held !== undefined) return { volume: held, made: false };
    const volume = newId(markName(wanted));
    try {
      await createVolume(engine.docker, volume, wanted);
      await fillVolume(engine, { volume, image: wanted.image, scope: wanted.scope, content: wanted.content() }, signal);
      await createVolume(engine.docker, markName(wanted), wanted, volume);
    } catch (thrown) {
      await removeByName(engine.docker, volume).catch(() => undefined);
      throw engineError(thrown, "a volume was made", wanted.image);
    }
    if ((await inspect(engine.docker, markName(wanted)))?.Labels?.[volumeLabels.holds] === volume) return { volume, made: true };
    // Another process was faster: its volume counts.
    await removeByName(engine.docker, volume);
  }
}

/** The volume of this key, if it was made whole and is still there. A mark that leads nowhere is removed. */
export async function findVolume(engine: JobEngine, wanted: VolumeKey): Promise<string | undefined> {
  const mark = await inspect(engine.docker, markName(wanted));
  if (mark === undefined) return undefined;
  const volume = mark.Labels?.[volumeLabels.holds] ?? "";
  const found = isPlain(mark) && volume.startsWith(`${markName(wanted)}-`) ? await inspect(engine.docker, volume) : undefined;
  if (found !== undefined && isPlain(found) && isOf(found, wanted)) return volume;
  if (found !== undefined) await removeByName(engine.docker, volume);
  await removeByName(engine.docker, markName(wanted));
  return undefined;
}

/** Removes it with its mark; none is no error. False when a container still uses it. */
export async function removeVolume(engine: JobEngine, wanted: VolumeKey): Promise<boolean> {
  const mark = await inspect(engine.docker, markName(wanted));
  const volume = mark?.Labels?.[volumeLabels.holds];
  if (volume !== undefined && !(await removeByName(engine.docker, volume))) return false;
  return removeByName(engine.docker, markName(wanted));
}

/**
 * Asked for a volume that is not there, an engine makes an empty one without a word; and a volume's options can make it a folder of the host. So a job's
 * volumes are looked at once its container holds on to them. Errors: `runner/no-volume`, `runner/not-hardened`.
 */
export async function verifyVolumes(docker: Docker, mounts: readonly JobMount[], scope: string | undefined): Promise<void> {
  await Promise.all(
    mounts.map(async ({ volume, writes }) => {
      const found = await inspect(docker, volume);
      const kind = found?.Labels?.[volumeLabels.kind];
      if (found === undefined || kind === undefined) {
        throw new AgentctlError("runner/no-volume", `the volume ${volume} is not there any more: somebody removed it`, { details: { volume } });
      }
      if (isPlain(found) && found.Labels?.[labels.scope] === scope && !(kind === "view" && writes)) return;
      throw new AgentctlError("runner/not-hardened", `the volume ${volume} is not what a job may be given`, { details: { volume, found } });
    }),
  );
}

export function markName({ kind, scope, key }: VolumeKey): string {
  return `agentctl-${kind}-${scope}-${key}`;
}

async function createVolume(docker: Docker, name: string, { kind, scope, key }: VolumeKey, holds?: string): Promise<void> {
  const more = holds === undefined ? {} : { [volumeLabels.holds]: holds };
  const own = { [labels.owner]: formatOwner(thisOwner()), [labels.scope]: scope, [volumeLabels.kind]: kind, [volumeLabels.key]: key };
  await docker.createVolume({ Name: name, Driver: "local", Labels: { ...own, ...more } });
}

/** An engine's own volume, without options: they could name a folder of the host, or a device. */
function isPlain(found: VolumeInspectInfo): boolean {
  return found.Driver === "local" && Object.keys(found.Options ?? {}).length === 0;
}

function isOf({ Labels }: VolumeInspectInfo, { kind, scope, key }: VolumeKey): boolean {
  return Labels[volumeLabels.kind] === kind && Labels[labels.scope] === scope && Labels[volumeLabels.key] === key;
}

async function inspect(docker: Docker, name: string): Promise<VolumeInspectInfo | undefined> {
  try {
    const found = await docker.getVolume(name).inspect();
    return { ...found, Labels: found.Labels ?? {} };
  } catch (thrown) {
    if (statusOf(thrown) === 404) return undefined;
    throw engineError(thrown, "a volume was looked at");
  }
}

/** False when a container uses it; one that is gone is removed. */
export async function removeByName(docker: Docker, name: string): Promise<boolean> {
  try {
    await docker.getVolume(name).remove();
    return true;
  } catch (thrown) {
    if (statusOf(thrown) === 404) return true;
    if (statusOf(thrown) === 409) return false;
    throw engineError(thrown, "a volume was removed");
  }
}
