import { systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { ensureBase } from "../runner/base-image.ts";
import { buildImage, findImage, type RunnerImage } from "../runner/images.ts";
import { findRunner, listRunners, readContext } from "../runner/runners.ts";
import { openRunners } from "./open-runners.ts";

export interface BuiltRunner {
  runner: string;
  /** current: nothing had to be done. */
  outcome: "built" | "current";
  image: RunnerImage;
  durationMs: number;
}

/** What happens while images are built; `runner` is a name, or the base image's. */
export interface BuildProgress {
  /** Once, with everything that will be worked on. */
  onPlan?: (names: readonly string[]) => void;
  onLine?: (name: string, line: string) => void;
  onEnd?: (name: string, end: BuiltRunner | { outcome: "failed"; durationMs: number }) => void;
}

export interface BuildRunnersOptions extends BuildProgress {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Default: all. */
  names: readonly string[];
  base?: string | undefined;
  noCache?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Builds the images of runners: their bases one by one, then the images at once. One that is current already is left as it is, unless
 * `noCache` or `base` asks for more. Every build ends before the first failure is reported.
 */
export async function buildRunners(options: BuildRunnersOptions): Promise<BuiltRunner[]> {
  const { names, base, noCache, signal, onPlan, onLine, onEnd } = options;
  const { engine, places } = await openRunners(options.cwd, options.env);
  const runners = names.length === 0 ? listRunners(places) : [...new Set(names)].map((name) => findRunner(places, name));
  onPlan?.(runners.map((runner) => runner.name));

  const work = await Promise.all(
    runners.map(async (runner) => {
      const found = await findImage(engine, runner.name, places);
      const keep = found?.stale === false && noCache !== true && (base === undefined || base === found.base);
      return { runner, found: keep ? found : undefined };
    }),
  );
  const waiting = work.filter(({ found }) => found === undefined);
  for (const name of new Set(waiting.map(({ runner }) => base ?? readContext(runner, engine.info.arch).base))) {
    const onBaseLine = (line: string): void => waiting.forEach(({ runner }) => onLine?.(runner.name, line));
    await ensureBase(engine, name, { onLine: onBaseLine, signal });
  }
  const ends = await Promise.allSettled(
    work.map(async ({ runner, found }): Promise<BuiltRunner> => {
      const startedMs = systemClock.monotonicMs();
      const end = (outcome: BuiltRunner["outcome"], image: RunnerImage): BuiltRunner => {
        const built: BuiltRunner = { runner: runner.name, outcome, image, durationMs: Math.round(systemClock.monotonicMs() - startedMs) };
        onEnd?.(runner.name, built);
        return built;
      };
      if (found !== undefined) return end("current", found);
      try {
        return end("built", await buildImage(engine, runner, { base, noCache, signal, onLine: (line) => onLine?.(runner.name, line) }));
      } catch (thrown) {
        onEnd?.(runner.name, { outcome: "failed", durationMs: Math.round(systemClock.monotonicMs() - startedMs) });
        throw thrown;
      }
    }),
  );
  const failures = ends.filter((end) => end.status === "rejected").map((end) => end.reason as unknown);
  if (failures.length > 0) throw joined(failures);
  return ends.flatMap((end) => (end.status === "fulfilled" ? [end.value] : []));
}

/** One error for the builds that failed. */
function joined(failures: readonly unknown[]): unknown {
  const ours = failures.filter((failure) => failure instanceof AgentctlError);
  const [first] = ours;
  if (first === undefined || ours.length < failures.length || failures.length === 1)
    return failures.find((failure) => !(failure instanceof AgentctlError)) ?? first;
  if (first.exit === "interrupted") return first;
  return new AgentctlError("runner/build-failed", ours.map((failure) => failure.message).join("\n"), {
    hint: first.hint,
    details: ours.map((failure) => failure.details),
  });
}
