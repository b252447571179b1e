import type { ImageInfo } from "dockerode";
import { isoTime } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { ensureBase, type Work } from "./base-image.ts";
import { engineError } from "./engine-errors.ts";
import { engineEvents, eventLines } from "./engine-events.ts";
import type { Engine } from "./engine.ts";
import { findRunner, imageTag, readContext, runnerDigest, type Runner, type RunnerPlaces } from "./runners.ts";

const imageLabels = { runner: "agentctl.runner", digest: "agentctl.digest", base: "agentctl.base" } as const;

export interface RunnerImage {
  runner: string;
  /** `sha256:…`: what jobs are given. */
  id: string;
  /** `agentctl/<runner>:<first 12 digits of the digest>`; undefined for one that lost its name to a newer build, in which no job runs. */
  tag: string | undefined;
  digest: string;
  base: string;
  bytes: number;
  /** RFC 3339. */
  created: string;
  /** Built from something else than what the runner is now. */
  stale: boolean;
}

/**
 * The image of a runner, if the engine has one: the current one, else the newest, which is then stale. Asks the engine once, never pulls.
 * Errors: `runner/unknown`.
 */
export async function findImage(engine: Engine, name: string, places: RunnerPlaces): Promise<RunnerImage | undefined> {
  return pickImage(await ownImages(engine, name), findRunner(places, name), engine.info.arch);
}

/**
 * The image that jobs may run in: the current one and no other, since an older one may hold another launcher, and another workspace's may hold anything.
 * Errors: `runner/no-image`, whose hint builds it; `runner/unknown`.
 */
export async function requireImage(engine: Engine, name: string, places: RunnerPlaces): Promise<RunnerImage> {
  const found = await findImage(engine, name, places);
  if (found?.stale === false) return found;
  const what = found === undefined ? "is not built on this engine" : `is not what it is built from now (${found.tag ?? found.id})`;
  throw new AgentctlError("runner/no-image", `the image of the runner "${name}" ${what}`, { hint: `agentctl runner build ${name}` });
}

/** Of the images that bear the name of one runner, the current one, else the newest. */
export function pickImage(images: readonly Omit<RunnerImage, "stale">[], runner: Runner, arch: string): RunnerImage | undefined {
  const context = readContext(runner, arch);
  const mine = images
    .filter((image) => image.runner === runner.name && image.tag !== undefined)
    .map((image) => ({ ...image, stale: runnerDigest(context.files, image.base) !== image.digest }))
    .toSorted((a, b) => Number(a.stale) - Number(b.stale) || (a.created < b.created ? 1 : -1));
  return mine[0];
}

/**
 * Every image on the engine that was built by agentctl, of one runner or of all: those with its name, and those that a newer build took the name from.
 * Labels alone do not tell: whoever builds on such an image inherits them.
 */
export async function ownImages(engine: Engine, name?: string): Promise<Omit<RunnerImage, "stale">[]> {
  const label = name === undefined ? imageLabels.runner : `${imageLabels.runner}=${name}`;
  try {
    const images = await engine.docker.listImages({ filters: { label: [label] } });
    return images.flatMap((image) => {
      const found = described(image);
      const nameless = (image.RepoTags ?? []).every((name) => name === "<none>:<none>");
      return found.tag !== undefined || nameless ? [found] : [];
    });
  } catch (thrown) {
    throw engineError(thrown, "listing images");
  }
}

function described(image: ImageInfo): Omit<RunnerImage, "stale"> {
  const labels = image.Labels ?? {};
  const runner = labels[imageLabels.runner] ?? "";
  const digest = labels[imageLabels.digest] ?? "";
  // Podman puts the name of a registry that is none in front.
  const tag = image.RepoTags?.map((name) => name.replace(/^localhost\//, "")).find((name) => name === imageTag(runner, digest));
  return { runner, id: image.Id, tag, digest, base: labels[imageLabels.base] ?? "", bytes: image.Size, created: isoTime(image.Created * 1000) };
}

export interface BuildOptions extends Work {
  /** Another base image than the Dockerfile's. */
  base?: string | undefined;
  noCache?: boolean | undefined;
}

/**
 * Builds the image of a runner, with its base if that is missing. Two builds at once of one runner end with the same tag.
 * Errors: `runner/build-failed` (with the last lines), `runner/no-base`, `runner/cancelled`.
 */
export async function buildImage(engine: Engine, runner: Runner, options: BuildOptions = {}): Promise<RunnerImage> {
  const { onLine, signal } = options;
  const context = readContext(runner, engine.info.arch);
  const base = options.base ?? context.base;
  const digest = runnerDigest(context.files, base);
  await ensureBase(engine, base, { onLine, signal });

  const doing = `building the image of the runner ${runner.name}`;
  const { packContext } = await import("./build-archive.ts");
  const archive = packContext(context.files);
  const tail: string[] = [];
  try {
    const stream = await engine.docker.buildImage(archive, {
      t: imageTag(runner.name, digest),
      buildargs: { BASE: base },
      labels: { [imageLabels.runner]: runner.name, [imageLabels.digest]: digest, [imageLabels.base]: base },
      nocache: options.noCache ?? false,
      rm: true,
      forcerm: true,
    });
    for await (const event of engineEvents(stream, doing, { signal })) {
      if (event.error !== undefined) throw buildFailed(runner, event.error, tail);
      for (const line of eventLines(event)) {
        tail.push(line);
        onLine?.(line);
      }
      tail.splice(0, tail.length - 12);
    }
  } catch (thrown) {
    throw engineError(thrown, doing);
  } finally {
    archive.destroy();
  }
  const built = (await ownImages(engine, runner.name)).find((image) => image.tag === imageTag(runner.name, digest));
  if (built === undefined) throw buildFailed(runner, "the engine ended the build without an image", tail);
  return { ...built, stale: false };
}

function buildFailed(runner: Runner, error: string, tail: readonly string[]): AgentctlError {
  const lines = [...tail, error.trim()].map((line) => `\n  ${line}`);
  return new AgentctlError("runner/build-failed", `the image of the runner "${runner.name}" could not be built:${lines.join("")}`, {
    hint: `mend ${runner.folder}/Dockerfile, then: agentctl runner build ${runner.name}`,
    details: { runner: runner.name, error: error.trim(), tail },
  });
}
