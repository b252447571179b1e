import { systemClock } from "../base/clock.ts";
import type { Engine } from "../runner/engine.ts";
import { labels } from "../runner/owner.ts";
import { isOrphan, sweepOrphans } from "../runner/sweep.ts";
import { atLeast, attempt, miss, ok, warn, type Check } from "./check.ts";

/** What an engine says of itself, as far as it matters here. */
export interface EngineFacts {
  version: string;
  /** `local`, or the URL of another machine. */
  where: string;
  runc: string | undefined;
  cpus: number;
  limits: { memory: boolean; swap: boolean; pids: boolean; cpu: boolean };
  seccomp: boolean;
  rootless: boolean;
}

/** runc fixed three ways out of a container in 1.2.8, 1.3.3 and 1.4.0 (CVE-2025-31133, -52565, -52881). */
const runcWanted = "1.2.8";

/** Asks an engine for its facts. */
async function engineFacts({ docker, info: known }: Engine): Promise<EngineFacts> {
  const [version, info] = (await Promise.all([docker.version(), docker.info()])) as [VersionAnswer, InfoAnswer];
  return {
    version: known.version,
    where: known.remote ? known.url : "local",
    runc: version.Components?.find((component) => component.Name === "runc")?.Version,
    cpus: known.cpus,
    limits: { memory: info.MemoryLimit ?? false, swap: info.SwapLimit ?? false, pids: info.PidsLimit ?? false, cpu: info.CpuCfsQuota ?? false },
    seccomp: (info.SecurityOptions ?? []).some((option) => option.includes("seccomp")),
    rootless: known.rootless,
  };
}

interface VersionAnswer {
  Components?: { Name: string; Version: string }[];
}

interface InfoAnswer {
  MemoryLimit?: boolean;
  SwapLimit?: boolean;
  PidsLimit?: boolean;
  CpuCfsQuota?: boolean;
  SecurityOptions?: string[];
}

/** What these facts mean for jobs. */
export function judgeEngine(facts: EngineFacts): Check[] {
  const checks: Check[] = [];
  const named = `docker ${facts.version} (${facts.where}, ${facts.cpus} cpus${facts.rootless ? ", rootless" : ""})`;
  checks.push(ok("engine", named));
  if (facts.runc !== undefined && !atLeast(facts.runc, runcWanted)) {
    checks.push(
      warn(
        "runc",
        `runc ${facts.runc} is older than ${runcWanted} (CVE-2025-31133, -52565, -52881), unless your distribution mended it`,
        "upgrade runc; agentctl doctor --prove",
      ),
    );
  }
  const missing = Object.entries(facts.limits).flatMap(([name, there]) => (there ? [] : [name]));
  if (missing.length > 0)
    checks.push(miss("engine/limits", `the engine cannot limit ${missing.join(", ")}`, "enable these cgroup controllers on the engine's machine"));
  if (!facts.seccomp) checks.push(miss("engine/seccomp", "the engine runs without seccomp", "use a kernel and an engine with seccomp"));
  return checks;
}

/** A runner that can be seen from here, and its image on this engine, if there is one. */
export interface SeenRunner {
  name: string;
  image: { id: string; stale: boolean } | undefined;
}

/** What is built, what is not, and what was built from something else than is there now. */
export function judgeImages(runners: readonly SeenRunner[]): Check[] {
  const built = runners.flatMap(({ name, image }) => (image === undefined || image.stale ? [] : [`${name} ${image.id.slice(0, 15)}`]));
  const others = runners.flatMap(({ name, image }): Check[] => {
    if (image === undefined) return [miss(`image/${name}`, `image runners/${name} not built`, `agentctl runner build ${name}`, false)];
    return image.stale ? [warn(`image/${name}`, `image runners/${name} was built from other files than are there now`, `agentctl runner build ${name}`)] : [];
  });
  return built.length > 0 ? [ok("images", `images ${built.join(" · ")}`), ...others] : others;
}

/** Whether the limits that jobs rely on hold here, tried with two real jobs. An engine may accept limits and not enforce them. */
async function checkLimits(engine: Engine, image: string): Promise<Check[]> {
  const { canary } = await import("../runner/prove.ts");
  const probes = await canary(engine, image);
  const loose = probes.filter((probe) => !probe.held);
  if (loose.length === 0) return [ok("limits", `limits are enforced: ${probes.map(({ id, found }) => `${id} ${found}`).join(", ")}`)];
  return loose.map((probe) => miss(`limits/${probe.id}`, `${probe.what}: not held (${probe.found})`, "agentctl doctor --prove"));
}

/** Containers that nobody waits for; removed when `clean` is set. */
async function checkOrphans(engine: Engine, clean: boolean): Promise<Check> {
  if (clean) return ok("orphans", `containers left over: ${await sweepOrphans(engine)} removed`);
  const ours = await engine.docker.listContainers({ all: true, filters: { label: [labels.owner] } });
  const left = ours.filter((container) => isOrphan(container.Labels, systemClock.nowMs())).length;
  return left === 0 ? ok("orphans", "containers left over: none") : warn("orphans", `containers left over: ${left}`, "agentctl doctor --clean");
}

/** The engine and everything about it; one that does not answer is one finding. */
export async function checkEngine(connect: () => Promise<Engine>, look: (engine: Engine) => Promise<SeenRunner[]>, clean: boolean): Promise<Check[]> {
  let engine: Engine | undefined;
  const checks = await attempt("engine", async () => {
    engine = await connect();
    return judgeEngine(await engineFacts(engine));
  });
  if (engine === undefined) return checks;
  const there = engine;
  let runners: SeenRunner[] = [];
  const images = await attempt("images", async () => {
    runners = await look(there);
    return judgeImages(runners);
  });
  // The canary is a Python program.
  const image = runners.find(({ name }) => name === "python")?.image;
  const limits = image === undefined ? [] : await attempt("limits", () => checkLimits(there, image.id));
  return [...checks, ...limits, ...images, ...(await attempt("orphans", () => checkOrphans(there, clean), false))];
}
