import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readFolder } from "../../src/scan/folder.ts";

const bounds = { files: 4, totalBytes: 100 };
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "agentctl-folder-"));
  await mkdir(join(root, "scripts/__pycache__"), { recursive: true });
  await writeFile(join(root, "SKILL.md"), "text");
  await writeFile(join(root, "scripts/main.py"), "pass");
  await writeFile(join(root, "scripts/__pycache__/main.pyc"), "x");
});
afterEach(() => rm(root, { recursive: true }));

describe("readFolder", () => {
  it("reads plain files in order, without what tools leave behind", async () => {
    const { files, findings } = await readFolder(root, "skills/x", bounds);
    expect(findings).toEqual([]);
    expect(files.map(({ path, data }) => [path, Buffer.from(data).toString()])).toEqual([
      ["SKILL.md", "text"],
      ["scripts/main.py", "pass"],
    ]);
  });

  it("refuses links and pipes by name and never follows them", async () => {
    await symlink("/etc/passwd", join(root, "passwd"));
    await symlink("/etc", join(root, "etc"));
    await symlink("SKILL.md", join(root, "inside"));
    execFileSync("mkfifo", [join(root, "pipe")]);
    const { files, findings } = await readFolder(root, "skills/x", bounds);
    expect(files.map((file) => file.path)).toEqual(["SKILL.md", "scripts/main.py"]);
    expect(findings.map((finding) => [finding.rule, finding.file, finding.message])).toEqual([
      ["scan/not-a-plain-file", "skills/x/etc", "etc is a link; only plain files are read"],
      ["scan/not-a-plain-file", "skills/x/inside", "inside is a link; only plain files are read"],
      ["scan/not-a-plain-file", "skills/x/passwd", "passwd is a link; only plain files are read"],
      ["scan/not-a-plain-file", "skills/x/pipe", "pipe is a pipe; only plain files are read"],
    ]);
  });

  it("stops at the bounds", async () => {
    await writeFile(join(root, "big"), "x".repeat(101));
    expect((await readFolder(root, "skills/x", bounds)).findings[0]?.message).toBe("the folder has more than 100 bytes");
    await rm(join(root, "big"));
    for (const name of ["a", "b", "c"]) await writeFile(join(root, name), "");
    const { files, findings } = await readFolder(root, "skills/x", bounds);
    expect(files).toHaveLength(4);
    expect(findings.map((finding) => finding.message)).toEqual(["the folder has more than 4 files"]);
  });
});
