import * as fc from "fast-check";
import { pack, type Header } from "tar-stream";
import { describe, expect, it } from "vitest";
import { readArtifacts } from "../../src/runner/artifacts.ts";

const limits = { count: 200, bytes: 1000 };

async function tar(...entries: (Partial<Header> & { name: string; data?: string | Buffer })[]): Promise<Buffer> {
  const packed = pack();
  for (const { data = "", ...header } of entries) {
    if (header.type === undefined || header.type.endsWith("file")) packed.entry(header, data);
    else packed.entry(header);
  }
  packed.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of packed) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** What was refused, as `path: why`. */
const why = (taken: { refused: { path: string; why: string }[] }): string[] => taken.refused.map(({ path, why: reason }) => `${path}: ${reason}`);

describe("what is taken", () => {
  it("plain files, with their folders", async () => {
    const taken = await readArtifacts(
      await tar(
        { name: "charts/", type: "directory" },
        { name: "charts/a.png", data: "png" },
        { name: "übersicht.txt", data: "ü" },
        { name: `${"d".repeat(120)}/${"f".repeat(150)}`, data: "l" },
      ),
      limits,
    );
    expect(taken.artifacts.map(({ path, data }) => [path, Buffer.from(data).toString()])).toEqual([
      ["charts/a.png", "png"],
      ["übersicht.txt", "ü"],
      [`${"d".repeat(120)}/${"f".repeat(150)}`, "l"],
    ]);
    expect(taken.refused).toEqual([]);
    expect(taken.fault).toBeUndefined();
  });

  it("nothing of nothing", async () => {
    expect(await readArtifacts(Buffer.alloc(0), limits)).toEqual({ artifacts: [], refused: [], fault: undefined });
  });
});

describe("what is refused, with why", () => {
  it("everything that is no plain file or folder", async () => {
    const kinds = ["symlink", "link", "fifo", "block-device", "character-device", "contiguous-file"] as const;
    const taken = await readArtifacts(await tar(...kinds.map((type) => ({ name: type, type, linkname: "/etc/passwd" }))), limits);
    expect(taken.artifacts).toEqual([]);
    expect(why(taken)).toEqual([
      "symlink: a link",
      "link: a link",
      "fifo: neither a plain file nor a folder",
      "block-device: neither a plain file nor a folder",
      "character-device: neither a plain file nor a folder",
      "contiguous-file: neither a plain file nor a folder",
    ]);
  });

  it("names that lead elsewhere or read differently elsewhere", async () => {
    const names = ["../up", "a/../../up", "/etc/passwd", "./a", "a//b", "a/./b", "back\\slash", "C:drive", "line\nend", "bidi\u202etxt", `${"n".repeat(256)}`];
    const taken = await readArtifacts(await tar(...names.map((name) => ({ name, data: "x" }))), limits);
    expect(taken.artifacts).toEqual([]);
    expect(taken.refused).toHaveLength(names.length);
  });

  it("names that git or another system gives a meaning of its own", async () => {
    const names = [".git/refs/heads/main", "a/.GIT/config", "git~1/x", ".git./x", ".ｇit/x", "CON", "a/nul.txt", "com1.log", "trail.", "space "];
    const taken = await readArtifacts(await tar(...[...names, ".gitignore", "console.txt"].map((name) => ({ name, data: "x" }))), limits);
    expect(taken.artifacts.map(({ path }) => path)).toEqual([".gitignore", "console.txt"]);
    expect(taken.refused.map(({ path }) => path)).toEqual(names);
  });

  it("names that some file systems take for one", async () => {
    const names = ["Report.txt", "report.txt", "é", "e\u0301", "a/b", "A/c", "plain", "plain/child", "folder/x", "folder", "twice", "twice"];
    const taken = await readArtifacts(await tar(...names.map((name) => ({ name, data: "x" }))), limits);
    expect(taken.artifacts.map(({ path }) => path)).toEqual(["Report.txt", "é", "a/b", "plain", "folder/x", "twice"]);
    expect(why(taken)).toEqual([
      "report.txt: differs from Report.txt only by case",
      "e\u0301: é is there already",
      "A/c: differs from a only by case",
      "plain/child: plain is there already",
      "folder: folder is there already",
      "twice: twice is there already",
    ]);
  });

  it("too many and too large", async () => {
    const many = Array.from({ length: 203 }, (_, index) => ({ name: `f${index}`, data: "x" }));
    const taken = await readArtifacts(await tar(...many), limits);
    expect(taken.artifacts).toHaveLength(200);
    expect(why(taken)).toEqual(["f200: more entries than allowed", "f201: more entries than allowed", "f202: more entries than allowed"]);

    const large = await readArtifacts(
      await tar({ name: "a", data: Buffer.alloc(600) }, { name: "b", data: Buffer.alloc(500) }, { name: "c", data: Buffer.alloc(400) }),
      limits,
    );
    expect(large.artifacts.map(({ path }) => path)).toEqual(["a", "c"]);
    expect(why(large)).toEqual(["b: too large: 500 bytes, 400 left"]);
  });

  it("a tar that claims more than it has", async () => {
    const whole = await tar({ name: "a", data: Buffer.alloc(900) });
    const taken = await readArtifacts(whole.subarray(0, 800), limits);
    expect(taken.fault).toMatch(/not a readable tar/);
  });
});

it("never throws on hostile bytes, and never takes more than its limits", async () => {
  const good = await tar({ name: "a", data: "one" }, { name: "b/c", data: "two" }, { name: `${"p".repeat(200)}`, data: "three" });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 20 }), fc.nat(good.length), async (flips, end) => {
      const bytes = Buffer.from(good.subarray(0, end));
      for (const [at, value] of flips) if (at < bytes.length) bytes[at] = value;
      const taken = await readArtifacts(bytes, { count: 2, bytes: 6 });
      expect(taken.artifacts.length).toBeLessThanOrEqual(2);
      expect(taken.artifacts.reduce((sum, { data }) => sum + data.length, 0)).toBeLessThanOrEqual(6);
      expect(taken.artifacts.every(({ path }) => !path.startsWith("/") && !path.split("/").includes(".."))).toBe(true);
    }),
    { numRuns: 200 },
  );
});
