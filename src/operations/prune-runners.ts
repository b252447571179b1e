import { pruneImages, type PruneResult } from "../runner/prune-images.ts";
import { openRunners } from "./open-runners.ts";

/** Removes the images that agentctl built and no runner seen from `cwd` uses any more; with `all`, every image it built. */
export async function pruneRunnerImages(options: { cwd: string; env: NodeJS.ProcessEnv; all?: boolean; dryRun?: boolean }): Promise<PruneResult> {
  const { engine, places } = await openRunners(options.cwd, options.env);
  return pruneImages(engine, places, options);
}
