import { extract } from "tar-stream";
import { Readable } from "node:stream";
import { expect, it } from "vitest";
import { packFiles } from "../../src/runner/job-files.ts";

it("packs files with their modes, byte for byte the same each time", async () => {
  const files = [
    { path: "skill/scripts/main.py", data: "print(1)" },
    { path: `files/${"ä".repeat(90)}.csv`, data: new Uint8Array([0, 255]), mode: 0o600 },
  ];
  const packed = await packFiles(files, { diskMiB: 1 });
  expect(await packFiles(files, { diskMiB: 1 })).toEqual(packed);
  const found: unknown[] = [];
  for await (const entry of Readable.from([packed]).pipe(extract())) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    found.push([entry.header.name, entry.header.type, entry.header.mode, Buffer.concat(chunks).toString("hex")]);
  }
  expect(found).toEqual([
    ["skill/scripts/main.py", "file", 0o444, Buffer.from("print(1)").toString("hex")],
    [`files/${"ä".repeat(90)}.csv`, "file", 0o600, "00ff"],
  ]);
});

it.each(["/etc/passwd", "../x", "a/../b", "a//b", "./a", "", "a\0b", "out/x", "a/."])("refuses the path %j", async (path) => {
  await expect(packFiles([{ path, data: "" }], { diskMiB: 1 })).rejects.toMatchObject({ code: "runner/bad-file-path", exit: "usage" });
});

it("refuses more than the disk holds", async () => {
  const data = new Uint8Array(600 * 1024);
  await expect(
    packFiles(
      [
        { path: "a", data },
        { path: "b", data },
      ],
      { diskMiB: 1 },
    ),
  ).rejects.toMatchObject({ code: "runner/input-too-large" });
});
