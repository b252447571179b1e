import { readFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../src/base/clock.ts";
import { connectEngine, type Engine } from "../src/runner/engine.ts";
import { requireImage } from "../src/runner/images.ts";
import { jobsSettled } from "../src/runner/job-engine.ts";
import { defaultLimits } from "../src/runner/job.ts";
import { openKernel, type Kernel, type KernelSpec } from "../src/runner/kernel.ts";
import { runJob } from "../src/runner/run-job.ts";
import { packageRoot } from "../src/workspace/package.ts";
import { median, type BenchRow } from "./row.ts";

const rounds = 5;
/** What a kernel cannot do without, in a plain job. */
const imports = "import zmq, jupyter_client, ipykernel.kernelapp";
const limits = { memoryMiB: 512, cpus: 1, pids: 64, diskMiB: 64 };

/** The Python sidecar: how long it takes to answer at first and then, and what it holds while it waits. Beside it, a job that only imports its kernel. */
export async function bench(): Promise<BenchRow[]> {
  const engine = await connectEngine();
  const { id: image } = await requireImage(engine, "python", { package: packageRoot() });
  const bridge = readFileSync(join(packageRoot(), "runners/sidecar_bridge.py"), "utf8");
  const spec = (): KernelSpec => ({ image, bridge, limits, run: "r-bench", outputBytesMax: 1024 * 1024, deadlineMs: systemClock.nowMs() + 600_000 });
  const times = { start: [] as number[], importing: [] as number[], cell: [] as number[], idleMB: [] as number[] };
  for (let round = 0; round <= rounds; round += 1) {
    const importing = await timed(() =>
      runJob(engine, { image, command: ["python3", "-c", imports], files: [], limits: { ...defaultLimits, memoryMiB: 512 }, run: "r-bench" }),
    );
    await jobsSettled(engine);
    const from = systemClock.monotonicMs();
    const kernel = await openKernel(engine, spec());
    const start = systemClock.monotonicMs() - from;
    const idle = await memoryMB(engine, kernel);
    const cells: number[] = [];
    for (let cell = 0; cell < 40; cell += 1) cells.push(await timed(() => kernel.execute("1+1", { timeoutMs: 10_000 })));
    await kernel.close();
    // The first round warms caches.
    if (round === 0) continue;
    times.importing.push(importing);
    times.start.push(start);
    times.cell.push(...cells);
    times.idleMB.push(idle);
  }
  const start = median(times.start);
  const importing = median(times.importing);
  const reference = `a job that imports ipykernel takes ${importing.toFixed(0)} ms`;
  return [
    { name: "sidecar start", value: start, unit: "ms", limit: 1500, reference },
    { name: "sidecar start, against importing its kernel", value: start / importing, unit: "×", limit: 1.6, reference: `${start.toFixed(0)} ms, ${reference}` },
    { name: "sidecar round trip of 1+1", value: median(times.cell), unit: "ms", limit: 10, reference: `median of ${times.cell.length}` },
    { name: "sidecar idle", value: median(times.idleMB), unit: "MB", limit: 150, reference: "memory of the container, as the engine counts it" },
  ];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = systemClock.monotonicMs();
  await work();
  return systemClock.monotonicMs() - from;
}

async function memoryMB({ docker }: Engine, { container }: Kernel): Promise<number> {
  const stats = await docker.getContainer(container).stats({ stream: false });
  return stats.memory_stats.usage / 1e6;
}
