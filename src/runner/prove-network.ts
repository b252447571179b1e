import { createServer, type AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { systemClock } from "../base/clock.ts";
import { newId } from "../base/ids.ts";
import { networkAttempts } from "./attempts.ts";
import type { JobEngine } from "./job-engine.ts";
import { jobsSettled } from "./job-engine.ts";
import { defaultLimits } from "./job.ts";
import { createNetwork, removeNetwork } from "./network.ts";
import { readAnswers, toProbe, type Probe } from "./probe.ts";
import { runJob } from "./run-job.ts";

const deadlineMs = 120_000;
/** Nobody else's: no state directory has it. */
const scope = "prove";

/** Tries to get past the proxy, from a job on a call's network: to the host, to names, outside. Of an engine elsewhere only what the job sees counts. */
export async function proveNetwork(engine: JobEngine, image: string, script: string, signal?: AbortSignal): Promise<Probe[]> {
  const run = newId("r");
  let arrived = 0;
  const bait = createServer((client) => {
    arrived += 1;
    client.destroy();
  });
  await new Promise<void>((resolve, reject) => bait.once("error", reject).listen(0, "0.0.0.0", resolve));
  const name = newId("agentctl-net");
  try {
    const network = await createNetwork(engine, { name, run, scope, deadlineMs: systemClock.nowMs() + deadlineMs });
    const hosts = Object.values(networkInterfaces()).flatMap((found) => (found ?? []).filter(({ family, internal }) => family === "IPv4" && !internal));
    const env = {
      PROBE_HOSTS: [...new Set([network.gateway, ...hosts.map(({ address }) => address)])].slice(0, 8).join(","),
      PROBE_PORT: String((bait.address() as AddressInfo).port),
    };
    const job = { image, command: ["python3", "probe.py"], files: [{ path: "probe.py", data: script }], env, limits: defaultLimits, run, scope };
    const answers = readAnswers(await runJob(engine, { ...job, network: { name } }, { signal }));
    return networkAttempts.map((attempt) => {
      const probe = toProbe(attempt, answers[attempt.id]);
      return attempt.id === "network-host" && arrived > 0 ? { ...probe, held: false, found: `the host was reached ${arrived} times` } : probe;
    });
  } finally {
    bait.close();
    await jobsSettled(engine);
    await removeNetwork(engine, name);
  }
}
