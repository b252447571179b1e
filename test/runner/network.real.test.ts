import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { newId } from "../../src/base/ids.ts";
import { jobsSettled } from "../../src/runner/job-engine.ts";
import { defaultLimits } from "../../src/runner/job.ts";
import { createNetwork, removeNetwork, type CallNetwork } from "../../src/runner/network.ts";
import { formatOwner, labels, thisOwner } from "../../src/runner/owner.ts";
import { runJob } from "../../src/runner/run-job.ts";
import { sweepOrphans } from "../../src/runner/sweep.ts";
import { egressEngine } from "../support/egress-world.ts";
import { describeReal } from "../support/engine.ts";

const proxy = readFileSync(new URL("../../runners/egress_proxy.py", import.meta.url), "utf8");

describeReal("the network of a call", () => {
  const scope = newId("scope");
  const plain = newId("agentctl-test");
  let real: Awaited<ReturnType<typeof egressEngine>>;
  let network: CallNetwork;
  beforeAll(async () => {
    real = await egressEngine();
    network = await createNetwork(real.engine, { name: newId("agentctl-net"), run: "r-test", scope, deadlineMs: systemClock.nowMs() + 600_000 });
    // As an engine makes one that does not know the option: the host has an address on it.
    await real.engine.docker.createNetwork({ Name: plain, Internal: true, Labels: { [labels.scope]: scope } });
  });
  afterAll(async () => {
    await jobsSettled(real.engine);
    await Promise.all([network.name, plain].map((name) => removeNetwork(real.engine, name)));
  });

  const run = (name: string, inScope = scope): Promise<{ stdout: Uint8Array }> =>
    runJob(real.engine, { image: real.shell, command: ["hostname", "-i"], files: [], limits: defaultLimits, run: "r-test", scope: inScope, network: { name } });
  /** Whether the proxy finds somebody at an address of a network, in a container that may ask. */
  const isHeld = async (name: string, address: string): Promise<string> => {
    const code = `__file__ = "/x"\n${proxy.slice(0, proxy.indexOf("\ndef main"))}\nprint(is_held("${address}"))`;
    const options = { Image: real.shell, Entrypoint: ["python3", "-c", code], Cmd: [], HostConfig: { NetworkMode: name } };
    const container = await real.engine.docker.createContainer(options);
    try {
      await container.start();
      await container.wait();
      const logged = await container.logs({ stdout: true, stderr: true });
      return logged.subarray(8).toString().trim();
    } finally {
      await container.remove({ force: true });
    }
  };

  test("has its job on it, and nobody at the address that the host would have", { timeout: 60_000 }, async () => {
    const [, second = ""] = network.subnet.split(".");
    expect(Buffer.from((await run(network.name)).stdout).toString()).toContain(`.${second}.`);
    expect(await isHeld(network.name, network.gateway)).toBe("False");
    const { IPAM } = await real.engine.docker.getNetwork(plain).inspect();
    expect(await isHeld(plain, IPAM?.Config?.[0]?.["Gateway"] ?? "")).toBe("True");
  });

  test("is refused where it is another's, not there, or not what was asked for", { timeout: 60_000 }, async () => {
    await expect(run(plain)).rejects.toMatchObject({ code: "runner/not-hardened" });
    await expect(run(network.name, "elsewhere")).rejects.toMatchObject({ code: "runner/not-hardened" });
    await expect(run("agentctl-net-none")).rejects.toMatchObject({ code: expect.stringMatching(/^runner\/(no-network|engine-refused)$/) });
  });

  test("is swept when its process is dead or its time has passed, and not before", { timeout: 60_000 }, async () => {
    const { docker } = real.engine;
    const dead = { ...thisOwner(), pid: 2 ** 22 + 1, start: 1 };
    const made = [
      { owner: dead, deadlineMs: systemClock.nowMs() + 600_000 },
      { owner: thisOwner(), deadlineMs: systemClock.nowMs() - 600_000 },
    ].map(({ owner, deadlineMs }) => ({
      Name: newId("agentctl-net"),
      Internal: true,
      Labels: { [labels.owner]: formatOwner(owner), [labels.deadline]: String(deadlineMs) },
    }));
    await Promise.all(made.map((options) => docker.createNetwork(options)));
    await sweepOrphans(real.engine);
    const names = (await docker.listNetworks()).map(({ Name }) => Name);
    expect(made.filter(({ Name }) => names.includes(Name))).toEqual([]);
    expect(names).toContain(network.name);
  });
});
