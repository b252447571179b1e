import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as fc from "fast-check";
import { extract } from "tar-stream";
import { expect, test } from "vitest";
import { packContext } from "../../src/runner/build-archive.ts";
import { pickImage, type RunnerImage } from "../../src/runner/images.ts";
import { findLinuxDuckdb } from "../../src/runner/linux-duckdb.ts";
import { findLinuxNode } from "../../src/runner/linux-node.ts";
import { findRunner, imageTag, listRunners, readContext, runnerDigest, type RunnerPlaces } from "../../src/runner/runners.ts";
import { packageRoot } from "../../src/workspace/package.ts";
import { folder } from "../support/workspace.ts";

const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
const dockerfile = "ARG BASE=debian:bookworm-slim\nFROM ${BASE}\nCOPY launcher.py /agentctl/launcher.py\n";

const put = (top: string, files: Record<string, string>): void => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(top, path)), { recursive: true });
    writeFileSync(join(top, path), text);
  }
};

/** A package with the runners `python` and `shell`, and a workspace with what is given. */
function places(workspace: Record<string, string>, shipped: Record<string, string> = {}): RunnerPlaces & { workspace: string } {
  const made = { workspace: folder(), package: folder() };
  put(made.workspace, workspace);
  put(made.package, {
    "package.json": "{}",
    "runners/launcher.py": "launch()\n",
    "runners/python/Dockerfile": dockerfile,
    "runners/shell/Dockerfile": dockerfile,
    ...shipped,
  });
  return made;
}

test("a workspace's runner hides the shipped one of its name; folders without a Dockerfile and odd names are none", () => {
  const where = places({
    "runners/python/Dockerfile": dockerfile,
    "runners/r/Dockerfile": dockerfile,
    "runners/empty/notes.txt": "",
    "runners/Odd_Name/Dockerfile": dockerfile,
  });
  expect(listRunners(where).map(({ name, from }) => [name, from])).toEqual([
    ["python", "workspace"],
    ["r", "workspace"],
    ["shell", "package"],
  ]);
  expect(findRunner(where, "python").folder).toBe(join(where.workspace, "runners/python"));
  expect(findRunner({ package: where.package }, "python").folder).toBe(join(where.package, "runners/python"));
});

test("a workspace that is the package itself counts as the package, once", () => {
  const { package: itself } = places({});
  expect(listRunners({ workspace: itself, package: itself }).map(({ name, from }) => [name, from])).toEqual([
    ["python", "package"],
    ["shell", "package"],
  ]);
});

test("an unknown runner is a usage error that names the nearest", () => {
  expect(() => findRunner(places({}), "pyton")).toThrow(expect.objectContaining({ code: "runner/unknown", exit: "usage", hint: 'did you mean "python"?' }));
  expect(() => findRunner(places({}), "fortran")).toThrow(expect.objectContaining({ hint: "known runners: python, shell" }));
});

test("the context is the folder without its page and dot files, and the launcher of this agentctl in place of any other", () => {
  const where = places({
    "runners/python/Dockerfile": dockerfile,
    "runners/python/README.md": "page",
    "runners/python/.env": "SECRET=1",
    "runners/python/launcher.py": "another()",
    "runners/python/extra/tool.sh": "#!/bin/sh\n",
  });
  chmodSync(join(where.workspace, "runners/python/extra/tool.sh"), 0o755);
  const { files, base } = readContext(findRunner(where, "python"), "x64");
  expect(files.map(({ path, executable }) => [path, executable])).toEqual([
    ["Dockerfile", false],
    ["extra/tool.sh", true],
    ["launcher.py", false],
  ]);
  expect(files.find(({ path }) => path === "launcher.py")?.source).toBe(join(where.package, "runners/launcher.py"));
  expect(base).toBe("debian:bookworm-slim");
});

test.each([
  ["ARG BASE=alpine:3\nFROM ${BASE}\n", "alpine:3"],
  ['ARG BASE="ubuntu:24.04"\nFROM ${BASE}\n', "ubuntu:24.04"],
  ["# a comment\nFROM --platform=linux/amd64 debian:trixie AS all\n", "debian:trixie"],
  ["FROM ${BASE}\n", "debian:bookworm-slim"],
])("the base of %j is %s", (text, base) => {
  expect(readContext(findRunner(places({ "runners/own/Dockerfile": text }), "own"), "x64").base).toBe(base);
});

test("a link in a runner's folder is refused by name", () => {
  const where = places({ "runners/own/Dockerfile": dockerfile });
  symlinkSync("/etc/passwd", join(where.workspace, "runners/own/passwd"));
  expect(() => readContext(findRunner(where, "own"), "x64")).toThrow(
    expect.objectContaining({ code: "runner/odd-file", message: expect.stringContaining("own/passwd") }),
  );
});

const copiesBin = `${dockerfile}COPY bin/ /usr/local/bin/\n`;

test("a Dockerfile that copies bin/ gets a Linux Node 24, known by its version; where none is found, a base that brings one", () => {
  const runner = { ...findRunner(places({ "runners/own/Dockerfile": copiesBin }), "own"), package: root };
  const node = readContext(runner, process.arch).files.find(({ path }) => path === "bin/node");
  expect(node).toMatchObject({ executable: true, identity: expect.stringMatching(new RegExp(`^node 2[4-9]\\.\\d+\\.\\d+ linux-${process.arch}$`)) });
  expect(node?.bytes).toBeGreaterThan(50_000_000);
  const elsewhere = readContext(runner, "riscv64");
  expect(elsewhere.base).toBe("node:24-bookworm-slim");
  expect(elsewhere.files.map(({ path }) => path)).toEqual(["Dockerfile", "launcher.py"]);
});

test("a runner that brings its own bin/ keeps it", () => {
  const where = places({ "runners/own/Dockerfile": copiesBin, "runners/own/bin/tool": "x" });
  expect(readContext(findRunner(where, "own"), process.arch).files.map(({ path }) => path)).toEqual(["Dockerfile", "bin/tool", "launcher.py"]);
});

test("no Node is taken that is too old, for another machine, or no whole Linux binary", () => {
  const empty = folder();
  writeFileSync(join(empty, "package.json"), "{}");
  const whole = findLinuxNode(root, process.arch);
  expect(whole).toBeDefined();
  const own = { path: whole?.path ?? "", version: "24.15.0" };
  expect(findLinuxNode(empty, process.arch, own)).toMatchObject(own);
  expect(findLinuxNode(empty, process.arch, { ...own, version: "22.1.0" })).toBeUndefined();
  expect(findLinuxNode(empty, process.arch === "x64" ? "arm64" : "x64", own)).toBeUndefined();
  expect(findLinuxNode(empty, process.arch, { ...own, path: "/bin/sh" })).toBeUndefined();
  expect(findLinuxNode(empty, process.arch, { ...own, path: join(empty, "package.json") })).toBeUndefined();
});

test("DuckDB goes into an image whose Dockerfile copies it, known by its version; where its Linux library is not installed, without it", () => {
  const found = findLinuxDuckdb(root, process.arch) ?? [];
  expect(found.map(({ path }) => path)).toEqual(
    expect.arrayContaining(["@duckdb/node-api/lib/index.js", `@duckdb/node-bindings-linux-${process.arch}/libduckdb.so`]),
  );
  expect(found.every(({ path }) => !path.endsWith(".d.ts"))).toBe(true);
  const files = { "runners/node/Dockerfile": `${dockerfile}COPY modules/ /usr/local/lib/agentctl/\n` };
  const without = readContext(findRunner(places({}, files), "node"), process.arch);
  expect(without.files.map(({ path }) => path)).toEqual(["Dockerfile", "launcher.py"]);
  const shipped = readContext(findRunner({ package: packageRoot() }, "node"), process.arch);
  const library = shipped.files.find(({ path }) => path.endsWith("/libduckdb.so"));
  expect(library?.identity).toMatch(/^\d+\.\d+\.\S+ linux-(x64|arm64)$/);
  expect(findLinuxDuckdb(root, "riscv64")).toBeUndefined();
});

const file = fc.record({ path: fc.string({ minLength: 1 }), executable: fc.boolean(), identity: fc.string() });

test("two digests agree exactly when everything that goes into the images does", () => {
  fc.assert(
    fc.property(fc.array(file), fc.array(file), fc.string(), fc.string(), (a, b, baseA, baseB) => {
      const same = JSON.stringify([a, baseA]) === JSON.stringify([b, baseB]);
      expect(runnerDigest(a, baseA) === runnerDigest(b, baseB)).toBe(same);
      expect(runnerDigest(a, baseA)).toBe(runnerDigest(structuredClone(a), baseA));
    }),
  );
});

test("the digest and the tag of a given runner stay what they are", () => {
  const digest = runnerDigest([{ path: "Dockerfile", executable: false, identity: "abc" }], "debian:bookworm-slim");
  expect(digest).toBe("920209eed77eb4d89fd2a5f7cc6b033f54fabb56e933304e213f737cd193b965");
  expect(imageTag("python", digest)).toBe(`agentctl/python:${digest.slice(0, 12)}`);
});

test("every shipped runner has a context that builds on Debian", () => {
  for (const runner of listRunners({ package: packageRoot() })) expect(readContext(runner, process.arch).base).toBe("debian:bookworm-slim");
  expect(listRunners({ package: packageRoot() }).map(({ name }) => name)).toEqual(["browser", "documents", "node", "python", "shell"]);
});

test("the archive holds the files as they are, owned by root, and is the same every time", async () => {
  const source = join(folder(), "file");
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 70_000 }), fc.boolean(), async (data, executable) => {
      writeFileSync(source, data);
      const files = [{ path: "a/b.bin", executable, identity: "", bytes: data.length, source }];
      const archive = Buffer.concat(await packContext(files).toArray());
      expect(Buffer.concat(await packContext(files).toArray()).equals(archive)).toBe(true);
      const entries: unknown[] = [];
      const reader = extract();
      reader.end(archive);
      for await (const entry of reader) {
        const { name, type, uid, gid, mode, mtime } = entry.header;
        const chunks: Uint8Array[] = [];
        for await (const chunk of entry) chunks.push(chunk as Uint8Array);
        entries.push([name, type, uid, gid, mode, mtime?.getTime(), Buffer.concat(chunks).equals(data)]);
      }
      expect(entries).toEqual([
        ["bin/", "directory", 0, 0, 0o755, 0, data.length === 0],
        ["modules/", "directory", 0, 0, 0o755, 0, data.length === 0],
        ["a/b.bin", "file", 0, 0, executable ? 0o755 : 0o644, 0, true],
      ]);
    }),
    { numRuns: 20 },
  );
});

test("an archive of a file that is gone ends with an error, not early", async () => {
  const files = [{ path: "gone", executable: false, identity: "", bytes: 3, source: join(folder(), "gone") }];
  await expect(packContext(files).toArray()).rejects.toThrow("ENOENT");
});

test("the current image is picked before newer ones that are stale; one without its name is never picked", () => {
  const where = places({});
  const runner = findRunner(where, "python");
  const digest = runnerDigest(readContext(runner, "x64").files, "debian:bookworm-slim");
  const image = (id: string, more: Partial<RunnerImage>): Omit<RunnerImage, "stale"> => ({
    runner: "python",
    id,
    tag: `agentctl/python:${id}`,
    digest,
    base: "debian:bookworm-slim",
    bytes: 1,
    created: "2026-11-21T12:00:00.000Z",
    ...more,
  });
  const newer = { created: "2026-11-22T12:00:00.000Z" };
  const current = image("current", {});
  expect(pickImage([image("stale", { digest: "0", ...newer }), image("nameless", { tag: undefined, ...newer }), current], runner, "x64")).toEqual({
    ...current,
    stale: false,
  });
  expect(pickImage([image("old", { digest: "0" }), image("new", { digest: "1", ...newer })], runner, "x64")).toMatchObject({ id: "new", stale: true });
  expect(pickImage([image("nameless", { tag: undefined })], runner, "x64")).toBeUndefined();
  expect(pickImage([image("other", { runner: "shell" })], runner, "x64")).toBeUndefined();
  const onOther = image("on-alpine", { base: "alpine:3", digest: runnerDigest(readContext(runner, "x64").files, "alpine:3") });
  expect(pickImage([onOther], runner, "x64")).toMatchObject({ id: "on-alpine", stale: false });
});
