import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureBase } from "../../src/runner/base-image.ts";
import { connectEngine, type Engine } from "../../src/runner/engine.ts";
import { buildImage, findImage, ownImages, requireImage } from "../../src/runner/images.ts";
import { pruneImages } from "../../src/runner/prune-images.ts";
import { findRunner } from "../../src/runner/runners.ts";
import { cli } from "../support/cli.ts";
import { describeReal } from "../support/engine.ts";
import { folder } from "../support/workspace.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
let engine: Engine;

/** What a shell command prints in a container of the image, as a user without rights and without a network. */
async function inside(image: string, command: string): Promise<string> {
  const container = await engine.docker.createContainer({
    Image: image,
    Cmd: ["sh", "-c", command],
    User: "65534:65534",
    Tty: true,
    NetworkDisabled: true,
    HostConfig: { NetworkMode: "none", ReadonlyRootfs: true, Tmpfs: { "/tmp": "size=64m" } },
  });
  try {
    const stream = await container.attach({ stream: true, stdout: true, stderr: true });
    await container.start();
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    const { StatusCode } = (await container.wait()) as { StatusCode: number };
    const text = Buffer.concat(chunks).toString("utf8").replaceAll("\r\n", "\n").trim();
    if (StatusCode !== 0) throw new Error(`exit ${StatusCode}: ${text}`);
    return text;
  } finally {
    await container.remove({ force: true });
  }
}

const shipped = async (name: string): Promise<string> => (await requireImage(engine, name, { package: root })).id;

describeReal("the shipped images", () => {
  beforeAll(async () => {
    engine = await connectEngine();
  });

  test("python imports everything that it promises, without a network", async () => {
    const modules = "numpy pandas matplotlib.pyplot scipy.stats sklearn.ensemble requests yaml pytest ipykernel jupyter_client";
    const printed = await inside(
      await shipped("python"),
      `python3 -W error::UserWarning -c 'import ${modules.replaceAll(" ", ", ")}; print(sum([numpy.float64(2)] * 21))'`,
    );
    expect(printed).toBe("42.0");
  });

  test("python draws without a display, calculates in one thread, and finds its bytecode compiled", async () => {
    const program =
      "import matplotlib.pyplot as p; p.plot([1, 2]); p.savefig('/tmp/a.png'); print(open('/tmp/a.png', 'rb').read(4)); import pandas; print(pandas.__cached__)";
    const [png, cached] = (
      await inside(
        await shipped("python"),
        `python3 -c "${program}" && ls $(python3 -c 'import pandas; print(pandas.__cached__)') && echo $OPENBLAS_NUM_THREADS`,
      )
    ).split("\n");
    expect(png).toBe("b'\\x89PNG'");
    expect(cached).toMatch(/pandas\/__pycache__\/__init__\.cpython-3\d+\.pyc$/);
  });

  test("node is version 24, python3 beside it for the launcher", async () => {
    const printed = await inside(
      await shipped("node"),
      "node --version && python3 -c 'import json, tarfile; print(1)' && node -e 'fetch; console.log(typeof WebAssembly)'",
    );
    expect(printed).toMatch(/^v24\.\d+\.\d+\n1\nobject$/);
  });

  test("shell has the tools that it promises", async () => {
    const tools = ["bash", "curl", "jq", "git", "rg", "shellcheck", "python3"];
    const printed = await inside(
      await shipped("shell"),
      `for tool in ${tools.join(" ")}; do $tool --version >/dev/null && echo $tool; done; echo '{"a":[1,2]}' | jq -cM .a`,
    );
    expect(printed.split("\n")).toEqual([...tools, "[1,2]"]);
  });

  test.each(["python", "node", "shell"])("%s: nothing is setuid or setgid, and the launcher is root's", async (name) => {
    const printed = await inside(
      await shipped(name),
      "find / -xdev -type f -perm /6000 2>/dev/null; stat -c '%u %g %a' /agentctl/launcher.py; cat /proc/1/comm",
    );
    expect(printed).toBe("0 0 644\nsh");
  });

  test("the images start what they are told, as nobody's program", async () => {
    for (const name of ["python", "node", "shell"]) {
      const { Config } = await engine.docker.getImage(await shipped(name)).inspect();
      expect(Config.Entrypoint ?? null).toBeNull();
      expect(Config.Env).toContain("PYTHONDONTWRITEBYTECODE=1");
      expect(Config.Labels).toMatchObject({ "agentctl.runner": name });
      expect(Object.keys(Config.Volumes ?? {})).toEqual([]);
    }
  });
});

describeReal("building, finding and pruning", () => {
  const name = `test-${process.pid}`;
  const workspace = folder();
  const places = { workspace, package: root };
  const write = (dockerfile: string): void => writeFileSync(join(workspace, "runners", name, "Dockerfile"), dockerfile);
  const build = (options = {}) => buildImage(engine, findRunner(places, name), options);
  const head = "ARG BASE=debian:bookworm-slim\nFROM ${BASE}\nCOPY launcher.py /agentctl/launcher.py\n";

  beforeAll(async () => {
    engine = await connectEngine();
    mkdirSync(join(workspace, "runners", name), { recursive: true });
  });
  afterAll(async () => {
    await pruneImages(engine, places, { names: [name], all: true });
  });

  test("not built, built, stale, built again, pruned", async () => {
    write(head);
    expect(await findImage(engine, name, places)).toBeUndefined();
    await expect(requireImage(engine, name, places)).rejects.toMatchObject({ code: "runner/no-image", hint: `agentctl runner build ${name}` });

    const lines: string[] = [];
    const first = await build({ onLine: (line: string) => lines.push(line) });
    expect(first).toMatchObject({ runner: name, stale: false, base: "debian:bookworm-slim", tag: `agentctl/${name}:${first.digest.slice(0, 12)}` });
    expect(first.id).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(lines.filter((line) => /^Step 3\/\d+ : COPY launcher/.test(line))).toHaveLength(1);
    expect(await findImage(engine, name, places)).toEqual(first);
    expect((await requireImage(engine, name, places)).id).toBe(first.id);

    write(`${head}ENV CHANGED=1\n`);
    expect(await findImage(engine, name, places)).toEqual({ ...first, stale: true });
    await expect(requireImage(engine, name, places)).rejects.toMatchObject({
      code: "runner/no-image",
      message: expect.stringContaining(first.tag ?? "no tag"),
    });

    const second = await build();
    expect(second.id).not.toBe(first.id);
    expect(await findImage(engine, name, places)).toEqual(second);

    const dry = await pruneImages(engine, places, { names: [name], dryRun: true });
    expect(dry.removed.map(({ tag }) => tag)).toEqual([first.tag]);
    expect(await ownImages(engine, name)).toHaveLength(2);
    const pruned = await pruneImages(engine, places, { names: [name] });
    expect(pruned.removed.map(({ id }) => id)).toEqual([first.id]);
    expect((await ownImages(engine, name)).map(({ id }) => id)).toEqual([second.id]);
    expect(await pruneImages(engine, places, { names: [name] })).toEqual({ removed: [], inUse: [], freedBytes: 0 });
  });

  test("an image that a container uses stays, and is named", async () => {
    write(`${head}ENV USED=1\n`);
    const used = await build();
    const container = await engine.docker.createContainer({ Image: used.id, Cmd: ["true"], HostConfig: { NetworkMode: "none" } });
    try {
      // By its tag the engine would let go of the name alone; the image of a stopped container stays as long as it has one.
      write(`${head}ENV USED=2\n`);
      const result = await pruneImages(engine, places, { names: [name] });
      expect(result.inUse.map(({ id }) => id)).toEqual([used.id]);
      expect((await ownImages(engine, name)).map(({ tag }) => tag)).toContain(used.tag);
    } finally {
      await container.remove();
    }
  });

  test("two builds at once end with one tag; the image without a name is pruned", async () => {
    write(`${head}ENV TWICE=1\nRUN sleep 0.3\n`);
    const [a, b] = await Promise.all([build({ noCache: true }), build({ noCache: true })]);
    expect(a.tag).toBe(b.tag);
    const found = await requireImage(engine, name, places);
    expect(found.tag).toBe(a.tag);
    await pruneImages(engine, places, { names: [name] });
    expect((await ownImages(engine, name)).map(({ id }) => id)).toEqual([found.id]);
  });

  test("an image that somebody built on ours has our labels, and is neither picked nor pruned", async () => {
    write(`${head}ENV DERIVED=1\n`);
    const ours = await build();
    const theirs = { repo: `derived-${name}`, tag: "1" };
    const container = await engine.docker.createContainer({ Image: ours.id, Cmd: ["true"] });
    try {
      await container.commit(theirs);
      const inherited = await engine.docker.getImage(`${theirs.repo}:1`).inspect();
      expect(inherited.Config.Labels).toMatchObject({ "agentctl.runner": name, "agentctl.digest": ours.digest });
      expect(await findImage(engine, name, places)).toEqual(ours);
      await container.remove();
      await pruneImages(engine, places, { names: [name], all: true });
      expect(await ownImages(engine, name)).toEqual([]);
      expect(await findImage(engine, name, places)).toBeUndefined();
      expect((await engine.docker.getImage(`${theirs.repo}:1`).inspect()).Id).toBe(inherited.Id);
    } finally {
      await container.remove().catch(() => undefined);
      await engine.docker.getImage(`${theirs.repo}:1`).remove();
    }
  });

  test("a build that fails says what the Dockerfile's step said", async () => {
    write(`${head}RUN echo the reason >&2; exit 7\n`);
    await expect(build()).rejects.toMatchObject({
      code: "runner/build-failed",
      message: expect.stringMatching(/\n {2}the reason\n(.*\n)* {2}.*returned a non-zero code: 7$/),
      hint: expect.stringContaining(`${name}/Dockerfile`),
    });
    expect((await findImage(engine, name, places))?.stale ?? true).toBe(true);
  });

  test("a build that is stopped ends at once, at the engine too", async () => {
    write(`${head}RUN echo started-${name}; sleep 60\n`);
    const abort = new AbortController();
    const ended = build({ signal: abort.signal, onLine: (line: string) => line === `started-${name}` && abort.abort() });
    await expect(ended).rejects.toMatchObject({ code: "runner/cancelled", exit: "interrupted" });
    await expect
      .poll(async () => (await engine.docker.listContainers()).filter(({ Command }) => Command.includes(`started-${name}`)).length, { timeout: 10_000 })
      .toBe(0);
  });

  test("another base makes another image, which is current as long as it was asked for", async () => {
    write(head);
    const shell = await requireImage(engine, "shell", { package: root });
    const onShell = await build({ base: shell.tag });
    expect(onShell).toMatchObject({ base: shell.tag, stale: false });
    expect(await findImage(engine, name, places)).toEqual(onShell);
  });

  test("a base that nobody has is an error that says what was tried", async () => {
    await expect(ensureBase(engine, `agentctl-none-${process.pid}:1`)).rejects.toMatchObject({
      code: "runner/no-base",
      message: expect.stringMatching(/^the base image agentctl-none-\d+:1 is not on the engine and cannot be pulled \(.+\), and it is no Debian image/),
      hint: expect.stringContaining("--base"),
    });
  });

  test("the commands: list, build, prune", async () => {
    write(head);
    const dir = folder();
    const { json } = await cli(dir, ["runner", "--json"]);
    const names = ["browser", "documents", "node", "python", "shell"];
    expect(json()).toMatchObject(names.map((name) => ({ name, from: "package", state: "current" })));
    const built = await cli(dir, ["runner", "build", "shell"]);
    expect(built.stdout).toBe("");
    expect(built.stderr).toMatch(/^shell {2}current {2}agentctl\/shell:[0-9a-f]{12} {2}\d+ MB$/m);
    const unknown = await cli(dir, ["runner", "build", "shel"], { expectExit: 2 });
    expect(unknown.stderr).toBe('error  there is no runner "shel"\nmend   did you mean "shell"?\n');
    const pruned = await cli(dir, ["runner", "prune", "--dry-run", "--json"]);
    expect(pruned.json()).toMatchObject({ inUse: [], freedBytes: expect.any(Number) });
    const away = await cli(dir, ["runner"], { env: { DOCKER_HOST: "unix:///nowhere.sock" }, expectExit: 1 });
    expect(away.stderr).toMatch(/^error {2}no Docker engine answers at unix:\/\/\/nowhere\.sock \(nothing is there\)\nmend {3}\S/);
  });
});
