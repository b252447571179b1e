import { setTimeout as pause } from "node:timers/promises";
import { systemClock } from "../src/base/clock.ts";
import { attach } from "../src/runner/attach.ts";
import { connectEngine, type Engine } from "../src/runner/engine.ts";
import { requireImage } from "../src/runner/images.ts";
import { jobsSettled } from "../src/runner/job-engine.ts";
import { defaultLimits, type JobSpec } from "../src/runner/job.ts";
import { openPool } from "../src/runner/pool.ts";
import { runJob } from "../src/runner/run-job.ts";
import { packageRoot } from "../src/workspace/package.ts";
import { median, type BenchRow } from "./row.ts";

const program = 'import json, sys\nprint(json.dumps({"n": len(sys.stdin.read())}))';
const input = '{"file":"prices.csv"}';

/**
 * A Python skill, cold and from a pool, against the engine's bare create + attach + start + wait of the same program: without limits,
 * files, artifacts or launcher, but also without a network, which alone would cost it 100 ms.
 */
export async function bench(): Promise<BenchRow[]> {
  const engine = await connectEngine();
  const { id: image } = await requireImage(engine, "python", { package: packageRoot() });
  const spec: JobSpec = {
    image,
    command: ["python3", "main.py"],
    cwd: "/work/skill",
    files: [{ path: "skill/main.py", data: program }],
    stdin: input,
    limits: defaultLimits,
    run: "r-bench",
  };
  const pool = openPool(engine, { image, size: 1, limits: defaultLimits, run: "r-bench" });
  const times = { bare: [] as number[], cold: [] as number[], pooled: [] as number[] };
  for (let round = 0; round < 13; round++) {
    await pool.filled();
    await pause(20);
    const pooled = await timed(() => pool.run(spec));
    // The pool starts its next slot now; nothing else may run beside it.
    await pool.filled();
    await jobsSettled(engine);
    const bare = await timed(() => bareRun(engine, image));
    const cold = await timed(() => runJob(engine, spec));
    await jobsSettled(engine);
    // The first round warms caches.
    if (round === 0) continue;
    times.bare.push(bare);
    times.cold.push(cold);
    times.pooled.push(pooled);
  }
  await pool.close();
  const [bare, cold, pooled] = [median(times.bare), median(times.cold), median(times.pooled)];
  const reference = (ms: number): string => `${ms.toFixed(0)} ms, bare container ${bare.toFixed(0)} ms`;
  return [
    { name: "skill call, cold", value: cold / bare, unit: "×", limit: 1.3, reference: reference(cold) },
    { name: "skill call, pooled", value: pooled / bare, unit: "×", limit: 0.3, reference: reference(pooled) },
  ];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = systemClock.monotonicMs();
  await work();
  return systemClock.monotonicMs() - from;
}

async function bareRun({ docker }: Engine, image: string): Promise<void> {
  const container = await docker.createContainer({
    Image: image,
    Entrypoint: ["python3", "-c", program],
    OpenStdin: true,
    StdinOnce: true,
    HostConfig: { NetworkMode: "none" },
  });
  const stream = await attach(docker, container.id);
  stream.resume();
  const exit = container.wait({ condition: "next-exit" });
  await container.start();
  stream.end(input);
  await exit;
  // Off the clock of a job, too.
  void container.remove({ force: true }).catch(() => {});
}
