import { statusOf } from "./engine-errors.ts";
import type { Engine } from "./engine.ts";
import { imageTag, allRunners, readContext, runnerDigest, type RunnerPlaces } from "./runners.ts";
import { ownImages, type RunnerImage } from "./images.ts";

export interface PruneOptions {
  /** The current images too, and those of runners that are not known here. */
  all?: boolean | undefined;
  /** Say what would be removed, remove nothing. */
  dryRun?: boolean | undefined;
  /** Only the images of these runners. */
  names?: readonly string[] | undefined;
}

export interface PruneResult {
  removed: Pick<RunnerImage, "runner" | "id" | "tag" | "bytes">[];
  /** Images that a container still uses. */
  inUse: Pick<RunnerImage, "runner" | "id" | "tag" | "bytes">[];
  /** On the engine's disk; images share layers, so this is less than the sum of their sizes. A dry run answers the least that it would be. */
  freedBytes: number;
}

/**
 * Removes images that agentctl built and that no runner seen from here is built as any more. Another workspace's image of a runner of the
 * same name counts as old too; it can be built again there.
 */
export async function pruneImages(engine: Engine, places: RunnerPlaces, options: PruneOptions = {}): Promise<PruneResult> {
  const runners = allRunners(places);
  const chosen = (await ownImages(engine)).filter((image) => {
    if (options.names !== undefined && !options.names.includes(image.runner)) return false;
    if (options.all === true) return true;
    const known = runners.filter((runner) => runner.name === image.runner);
    const current = known.some((runner) => runnerDigest(readContext(runner, engine.info.arch).files, image.base) === image.digest);
    return known.length > 0 && !(current && image.tag !== undefined);
  });
  const result: PruneResult = { removed: [], inUse: [], freedBytes: 0 };
  if (chosen.length === 0) return result;
  const before = await usage(engine);
  for (const image of chosen) {
    const { runner, id, tag, bytes } = image;
    const gone = options.dryRun === true || (await remove(engine, image));
    (gone ? result.removed : result.inUse).push({ runner, id, tag, bytes });
  }
  const own = (id: string): number => before.own.get(id) ?? 0;
  result.freedBytes =
    options.dryRun === true ? result.removed.reduce((sum, { id }) => sum + own(id), 0) : Math.max(0, before.bytes - (await usage(engine)).bytes);
  return result;
}

/** False when a container uses it. By its name where it has one, so that an image that somebody else named as well only loses ours. */
async function remove(engine: Engine, image: Omit<RunnerImage, "stale">): Promise<boolean> {
  try {
    await engine.docker.getImage(image.tag === undefined ? image.id : imageTag(image.runner, image.digest)).remove();
    return true;
  } catch (thrown) {
    if (statusOf(thrown) === 404) return true;
    if (statusOf(thrown) === 409) return false;
    throw thrown;
  }
}

/** The engine's disk in bytes, and of each image the part that it shares with no other. */
async function usage(engine: Engine): Promise<{ bytes: number; own: Map<string, number> }> {
  const { LayersSize, Images } = (await engine.docker.df()) as { LayersSize: number; Images: { Id: string; Size: number; SharedSize: number }[] | null };
  return { bytes: LayersSize, own: new Map((Images ?? []).map((image) => [image.Id, image.Size - Math.max(0, image.SharedSize)])) };
}
