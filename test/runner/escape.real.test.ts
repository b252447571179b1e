import { readFileSync } from "node:fs";
import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { attach } from "../../src/runner/attach.ts";
import { attempts, networkAttempts } from "../../src/runner/attempts.ts";
import { abuses } from "../../src/runner/abuses.ts";
import { canary, prove, type Probe } from "../../src/runner/prove.ts";
import { findReal, type Real } from "./real.ts";

const real = await findReal();
const { engine, python } = real ?? ({} as Real);
const script = readFileSync(new URL("../../runners/probes.py", import.meta.url), "utf8");
const networkScript = readFileSync(new URL("../../runners/probes_network.py", import.meta.url), "utf8");

describe.skipIf(real === undefined)("escapes and abuses", async () => {
  const told: Probe[] = [];
  const probes = real === undefined ? [] : await prove(engine, python, { script, networkScript, onProbe: (probe) => told.push(probe) });

  it.each(probes)("$id: $expected ($what)", ({ expected, held, found }) => {
    expect({ held, found }).toEqual({ held: expected === "held", found });
  });

  it("are all tried, each told as it ends", () => {
    expect(probes.map(({ id }) => id)).toEqual([...attempts, ...networkAttempts, ...abuses].map(({ id }) => id));
    expect(told).toEqual(probes);
    expect(probes.length).toBeGreaterThan(50);
  });

  it("would be seen: the same script in an ordinary container finds ways out", async () => {
    const container = await engine.docker.createContainer({
      Image: python,
      Entrypoint: ["bash", "-c", "mkdir -p /work/out; cat >/probe.py; python3 /probe.py; true"],
      Env: ["PROBE_FILE=/etc/hostname", "PROBE_PORT=1", "PROBE_SOCKET=x"],
      OpenStdin: true,
      StdinOnce: true,
      HostConfig: { NetworkMode: "none" },
    });
    try {
      const stream = await attach(engine.docker, container.id);
      const chunks: Buffer[] = [];
      const out = new Writable({ write: (chunk: Buffer, _, done) => (chunks.push(chunk), done()) });
      engine.docker.modem.demuxStream(stream, out, process.stderr);
      await container.start();
      stream.end(script);
      await container.wait();
      const answers = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Record<string, [boolean | null, string]>;
      const open = Object.entries(answers).flatMap(([id, [isOpen]]) => (isOpen === true ? [id] : []));
      expect(open).toEqual(
        expect.arrayContaining(["host-file", "shadow", "rootfs", "mknod", "capabilities", "setuid", "exec-tmp", "setuid-files", "raw-sockets", "chroot"]),
      );
    } finally {
      await container.remove({ force: true });
    }
  });

  it("have a short form: memory and processes", async () => {
    expect((await canary(engine, python)).map(({ id, held }) => [id, held])).toEqual([
      ["memory", true],
      ["fork-bomb", true],
    ]);
  });
});
