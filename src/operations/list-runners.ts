import { ownImages, pickImage, type RunnerImage } from "../runner/images.ts";
import { listRunners } from "../runner/runners.ts";
import { openRunners } from "./open-runners.ts";

export interface RunnerRow {
  name: string;
  from: "workspace" | "package";
  folder: string;
  /** stale: the image was built from something else than the runner is now. */
  state: "current" | "stale" | "not built";
  image: RunnerImage | undefined;
}

/** Every runner seen from `cwd`, with its image on the engine. */
export async function listRunnerImages(cwd: string, env: NodeJS.ProcessEnv): Promise<RunnerRow[]> {
  const { engine, places } = await openRunners(cwd, env);
  const images = await ownImages(engine);
  return listRunners(places).map((runner) => {
    const image = pickImage(images, runner, engine.info.arch);
    const state = image === undefined ? "not built" : image.stale ? "stale" : "current";
    return { name: runner.name, from: runner.from, folder: runner.folder, state, image };
  });
}
