import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newId } from "../base/ids.ts";
import { abuses, forkBomb, memory, type Abuse } from "./abuses.ts";
import { attempts } from "./attempts.ts";
import type { JobEngine } from "./job-engine.ts";
import { jobsSettled } from "./job-engine.ts";
import { defaultLimits, type JobResult, type JobSpec } from "./job.ts";
import { readAnswers, toProbe, type Probe } from "./probe.ts";
import { proveNetwork } from "./prove-network.ts";
import { runJob } from "./run-job.ts";

export type { Probe } from "./probe.ts";

export interface ProveOptions {
  /** Text of runners/probes.py. */
  script: string;
  /** Text of runners/probes_network.py. */
  networkScript: string;
  onProbe?: ((probe: Probe) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** Tries every known way out of the sandbox, from inside real containers of the image, and says what held. Takes about 15 s. */
export async function prove(engine: JobEngine, image: string, options: ProveOptions): Promise<Probe[]> {
  const probes: Probe[] = [];
  const tell = (probe: Probe): void => {
    probes.push(probe);
    options.onProbe?.(probe);
  };
  const run = (spec: Partial<JobSpec>): Promise<JobResult> => runJob(engine, probeJob(image, spec), { signal: options.signal });
  await run({ command: ["bash", "-c", "for folder in /tmp /work /work/out /dev/shm; do echo x >$folder/agentctl-leftover; done"] });
  for (const probe of await fromInside(run, options.script)) tell(probe);
  for (const probe of await proveNetwork(engine, image, options.networkScript, options.signal)) tell(probe);
  for (const abuse of abuses) tell(await abused(run, abuse));
  await jobsSettled(engine);
  return probes;
}

/** Memory and process limits alone, in about a second: an engine may report limits that it does not enforce. */
export async function canary(engine: JobEngine, image: string): Promise<Probe[]> {
  const run = (spec: Partial<JobSpec>): Promise<JobResult> => runJob(engine, probeJob(image, spec));
  return await Promise.all([memory, forkBomb].map((abuse) => abused(run, abuse)));
}

type Run = (spec: Partial<JobSpec>) => Promise<JobResult>;

function probeJob(image: string, spec: Partial<JobSpec>): JobSpec {
  return { image, command: ["python3", "probe.py"], files: [], limits: defaultLimits, run: newId("r"), ...spec };
}

async function abused(run: Run, abuse: Abuse): Promise<Probe> {
  const result = await run({ files: [{ path: "probe.py", data: abuse.program }], limits: { ...defaultLimits, ...abuse.limits } });
  const { held, found } = abuse.judge(result);
  return { id: abuse.id, what: abuse.what, expected: "held", found, held };
}

async function fromInside(run: Run, script: string): Promise<Probe[]> {
  const bait = await layBait();
  try {
    const result = await run({ files: [{ path: "probe.py", data: script }], env: bait.env });
    const answers = readAnswers(result);
    return attempts.map((attempt) => toProbe(attempt, answers[attempt.id]));
  } finally {
    bait.remove();
  }
}

interface Bait {
  env: Record<string, string>;
  remove(): void;
}

/** What the probes look for on the host: a file, a listener on 127.0.0.1, an abstract unix socket (Linux only). */
async function layBait(): Promise<Bait> {
  const folder = mkdtempSync(join(tmpdir(), "agentctl-prove-"));
  const file = join(folder, "host-file");
  writeFileSync(file, "host");
  const name = `agentctl-${newId("p")}`;
  const loopback = await listening({ host: "127.0.0.1", port: 0 });
  const servers = [loopback];
  if (process.platform === "linux") servers.push(await listening({ path: `\0${name}` }));
  const { port } = loopback.address() as AddressInfo;
  return {
    env: { PROBE_FILE: file, PROBE_PORT: String(port), PROBE_SOCKET: name },
    remove() {
      servers.forEach((server) => server.close());
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function listening(where: { host: string; port: number } | { path: string }): Promise<Server> {
  const { promise, resolve, reject } = Promise.withResolvers<Server>();
  const server = createServer((client) => client.destroy());
  server.once("error", reject).listen(where, () => resolve(server));
  return promise;
}
