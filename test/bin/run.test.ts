import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../house/source.ts";
import { folder } from "../support/workspace.ts";

/** A Node that says to be 20: run.js is started by it as an old Node would start it. */
function oldNode(dir: string, local: "with Node 24 beside it" | "alone"): ReturnType<typeof spawnSync> {
  mkdirSync(join(dir, "bin"));
  copyFileSync(join(root, "bin", "run.js"), join(dir, "bin", "run.js"));
  writeFileSync(join(dir, "package.json"), '{"type": "module"}');
  writeFileSync(join(dir, "bin", "dev.js"), 'console.log("started", process.argv.slice(2).join(" ")); process.exitCode = 3;');
  writeFileSync(
    join(dir, "old.cjs"),
    'if (!process.env.RELIVED) { Object.defineProperty(process.versions, "node", { value: "20.20.2" }); process.env.RELIVED = "1"; }',
  );
  if (local === "with Node 24 beside it") {
    mkdirSync(join(dir, "node_modules", ".bin"), { recursive: true });
    symlinkSync(process.execPath, join(dir, "node_modules", ".bin", "node"));
  }
  return spawnSync(process.execPath, ["--require", join(dir, "old.cjs"), join(dir, "bin", "run.js"), "policy", "test"], {
    cwd: dir,
    env: { ...process.env, NODE_V8_COVERAGE: undefined },
    encoding: "utf8",
  });
}

test("under an old Node it goes on with the local Node 24, arguments and exit code kept", () => {
  const ended = oldNode(folder(), "with Node 24 beside it");
  expect(ended.stdout).toBe("started policy test\n");
  expect(ended.status).toBe(3);
});

test("under an old Node without another it says what to do", () => {
  const ended = oldNode(folder(), "alone");
  expect(ended.stderr).toBe(
    "error  agentctl needs Node 24.15 or newer; this is 20.20.2\nmend   npm install --save-dev node@24   (puts Node 24 beside it; agentctl finds it there)\n",
  );
  expect(ended.status).toBe(1);
});
