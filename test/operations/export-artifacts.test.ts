import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { exportArtifacts } from "../../src/operations/export-artifacts.ts";
import { folder } from "../support/workspace.ts";

function artifact(path: string): { path: string; file: string } {
  const file = join(folder(), "blob");
  writeFileSync(file, "bytes");
  return { path, file };
}

test("artifacts are copied with their folders, and nothing is overwritten", async () => {
  const out = join(folder(), "new", "out");
  expect(await exportArtifacts([artifact("a.txt"), artifact("deep/er/b.txt")], out)).toEqual([join(out, "a.txt"), join(out, "deep/er/b.txt")]);
  expect(readFileSync(join(out, "deep/er/b.txt"), "utf8")).toBe("bytes");
  await expect(exportArtifacts([artifact("a.txt")], out)).rejects.toMatchObject({ code: "skill/artifact-exists" });
});

test("a link planted in the folder leads nowhere", async () => {
  const [out, elsewhere] = [folder(), folder()];
  symlinkSync(elsewhere, join(out, "charts"));
  await expect(exportArtifacts([artifact("charts/authorized_keys")], out)).rejects.toThrow(/charts exists already/);
  mkdirSync(join(out, "plots"));
  symlinkSync(join(elsewhere, "not-yet"), join(out, "plots", "x.png"));
  await expect(exportArtifacts([artifact("plots/x.png")], out)).rejects.toThrow(/x\.png exists already/);
  expect(readdirSync(elsewhere)).toEqual([]);
  expect(existsSync(join(elsewhere, "not-yet"))).toBe(false);
});
