import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { join } from "node:path";
import { Readable } from "node:stream";
import * as fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { findEndpoint } from "../../src/runner/endpoint.ts";
import { engineEvents, eventLines, type EngineEvent } from "../../src/runner/engine-events.ts";
import { connectEngine, mend } from "../../src/runner/engine.ts";
import { folder } from "../support/workspace.ts";

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

/** An engine that answers as told, on a socket of its own. */
async function engineThat(answer: RequestListener): Promise<string> {
  const socket = join(folder(), "s");
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `unix://${socket}`;
}

const saying =
  (version: object, info: object): RequestListener =>
  (request, response) => {
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify(request.url?.endsWith("/version") ? version : info));
  };
const version = { Version: "27.1.0", ApiVersion: "1.46", Arch: "arm64" };
const info = {
  Name: "box",
  NCPU: 8,
  MemTotal: 16,
  OperatingSystem: "Debian",
  Driver: "overlay2",
  CgroupVersion: "2",
  SecurityOptions: ["name=seccomp,profile=builtin", "name=rootless"],
  Runtimes: { runc: {}, runsc: {} },
};

test("an engine says who it is", async () => {
  const host = await engineThat(saying(version, info));
  const engine = await connectEngine({ host, runtime: "runsc", env: {} });
  expect(engine.info).toEqual({
    name: "box",
    url: host,
    version: "27.1.0",
    apiVersion: "1.46",
    cgroupVersion: "2",
    cpus: 8,
    memoryBytes: 16,
    os: "Debian",
    arch: "arm64",
    storage: "overlay2",
    rootless: true,
    remote: false,
  });
  expect(engine).toMatchObject({ cpus: 8, runtime: "runsc" });
});

test("DOCKER_HOST of the given environment counts, not that of the process", async () => {
  const host = await engineThat(saying(version, info));
  const engine = await connectEngine({ env: { DOCKER_HOST: host } });
  expect(engine.info.url).toBe(host);
});

test("an engine older than 20.10 and an unknown runtime are refused", async () => {
  const old = await engineThat(saying({ ...version, Version: "19.03.1", ApiVersion: "1.40" }, info));
  await expect(connectEngine({ host: old })).rejects.toMatchObject({ code: "runner/engine-too-old", message: expect.stringContaining("19.03.1 (API 1.40)") });
  const host = await engineThat(saying(version, info));
  await expect(connectEngine({ host, runtime: "kata" })).rejects.toMatchObject({
    code: "runner/no-runtime",
    message: 'the engine has no runtime "kata"; it has: runc, runsc',
  });
});

test("an engine that does not answer is an error in time, and one that is not there says so", async () => {
  const silent = await engineThat(() => undefined);
  await expect(connectEngine({ host: silent, timeoutMs: 50 })).rejects.toMatchObject({
    code: "runner/no-engine",
    message: expect.stringContaining("no answer within 0.05 s"),
  });
  await expect(connectEngine({ host: "unix:///nowhere/docker.sock" })).rejects.toMatchObject({
    code: "runner/no-engine",
    message: "no Docker engine answers at unix:///nowhere/docker.sock (nothing is there)",
  });
  await expect(connectEngine({ host: "tcp://127.0.0.1:1" })).rejects.toMatchObject({
    message: "no Docker engine answers at tcp://127.0.0.1:1 (nobody listens)",
  });
});

const here = { platform: "linux" as const, root: true, osRelease: "ID=debian\n", remote: false };

test.each([
  [here, /^apt-get install docker\.io .*npm run setup$/],
  [{ ...here, root: false }, /^sudo apt-get install docker\.io .*usermod/],
  [{ ...here, osRelease: 'ID=linuxmint\nID_LIKE="ubuntu debian"\n' }, /^apt-get install docker\.io/],
  [{ ...here, osRelease: "ID=fedora\n" }, /^install Docker Engine 20\.10 or newer/],
  [{ ...here, platform: "darwin" as const }, /Docker Desktop/],
  [{ ...here, platform: "win32" as const }, /Docker Desktop/],
  [{ ...here, remote: true }, /DOCKER_HOST/],
  [{ ...here, namedBy: "DOCKER_HOST" }, /^unset DOCKER_HOST/],
  [{ ...here, namedBy: "engine.host" }, /^agentctl config show +engine\.host names this address/],
])("on %j the mend is %s", (machine, expected) => {
  expect(mend(machine)).toMatch(expected);
});

test.each([
  ["unix:///run/d.sock", false, { socketPath: "/run/d.sock" }],
  ["npipe:////./pipe/docker_engine", false, { socketPath: "//./pipe/docker_engine" }],
  ["tcp://10.0.0.5:2375", true, { protocol: "http", host: "10.0.0.5", port: "2375" }],
  ["tcp://localhost", false, { protocol: "http", host: "localhost", port: 2375 }],
  ["10.0.0.5:2376", true, { protocol: "https", host: "10.0.0.5", port: "2376" }],
  ["ssh://ada@box:2222", true, { protocol: "ssh", host: "box", port: "2222", username: "ada" }],
])("%s is understood", (url, remote, options) => {
  expect(findEndpoint(url, { DOCKER_CERT_PATH: "/nowhere" })).toMatchObject({ url, remote, options });
});

test.each(["ftp://box", "tcp://", "unix://", "tcp://box:port"])("%s is refused", (url) => {
  expect(() => findEndpoint(url, {})).toThrow(expect.objectContaining({ code: "runner/bad-host", exit: "usage" }));
});

test("the docker context in force is followed, DOCKER_HOST before it", () => {
  const config = folder();
  const meta = join(config, "contexts", "meta", createHash("sha256").update("lab").digest("hex"));
  mkdirSync(meta, { recursive: true });
  writeFileSync(join(config, "config.json"), '{"currentContext": "lab"}');
  writeFileSync(join(meta, "meta.json"), '{"Endpoints": {"docker": {"Host": "ssh://lab"}}}');
  expect(findEndpoint(undefined, { DOCKER_CONFIG: config }).url).toBe("ssh://lab");
  expect(findEndpoint(undefined, { DOCKER_CONFIG: config, DOCKER_CONTEXT: "default" }).url).toMatch(/docker\.sock$/);
  expect(findEndpoint(undefined, { DOCKER_CONFIG: config, DOCKER_HOST: "tcp://a:1" }).url).toBe("tcp://a:1");
  expect(findEndpoint("tcp://b:1", { DOCKER_CONFIG: config, DOCKER_HOST: "tcp://a:1" }).url).toBe("tcp://b:1");
});

test("events come out the same however the bytes are cut", async () => {
  const event = fc.record({ stream: fc.string() });
  await fc.assert(
    fc.asyncProperty(fc.array(event), fc.array(fc.nat(), { maxLength: 20 }), async (events, cuts) => {
      const bytes = Buffer.from(events.map((one) => `${JSON.stringify(one)}\r\n`).join(""));
      const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
      const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
      const read: EngineEvent[] = [];
      for await (const one of engineEvents(Readable.from(chunks.filter((chunk) => chunk.length > 0)), "testing")) read.push(one);
      expect(read).toEqual(events);
    }),
  );
});

async function drain(stream: Readable, options: Parameters<typeof engineEvents>[2]): Promise<number> {
  let events = 0;
  for await (const event of engineEvents(stream, "building", options)) events += event.stream === undefined ? 0 : 1;
  return events;
}

test("an abort ends the stream at once, and silence ends it in time", async () => {
  const endless = new Readable({ read: () => undefined });
  const abort = new AbortController();
  const ended = drain(endless, { signal: abort.signal });
  abort.abort();
  await expect(ended).rejects.toMatchObject({ code: "runner/cancelled", exit: "interrupted" });
  expect(endless.destroyed).toBe(true);
  await expect(drain(new Readable({ read: () => undefined }), { signal: abort.signal })).rejects.toMatchObject({ code: "runner/cancelled" });
  await expect(drain(new Readable({ read: () => undefined }), { silenceMs: 20 })).rejects.toMatchObject({ code: "runner/engine-silent" });
});

test("events become lines without what only moves on a terminal", () => {
  expect(eventLines({ stream: "one\r\n\u001b[91mtwo  \u001b[0m\n\n" })).toEqual(["one", "two"]);
  expect(eventLines({ status: "Pulling fs layer", id: "a1" })).toEqual(["a1: Pulling fs layer"]);
  expect(eventLines({ status: "Downloading", id: "a1", progress: "[=> ]" })).toEqual([]);
});
