#!/usr/bin/env node
// Old Node versions parse this file too: it checks the version first, and imports the rest late.
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [major, minor] = process.versions.node.split(".").map(Number);

if (major > 24 || (major === 24 && minor >= 15)) {
  const built = join(root, "dist", "src", "cli", "main.js");
  if (existsSync(built)) {
    const { main } = await import(built);
    await main(root);
  } else {
    await import("./dev.js");
  }
} else {
  const local = [root, process.cwd()].map((folder) => join(folder, "node_modules", ".bin", "node")).find((file) => existsSync(file));
  const version = local && spawnSync(local, ["--version"], { encoding: "utf8" }).stdout.trim();
  const [, localMajor, localMinor] = /^v(\d+)\.(\d+)/.exec(version || "") || [];
  if (Number(localMajor) > 24 || (Number(localMajor) === 24 && Number(localMinor) >= 15)) {
    const child = spawn(local, process.argv.slice(1), { stdio: "inherit" });
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
    child.on("exit", (code, signal) => {
      process.exitCode = code === null ? (signal === "SIGINT" ? 130 : 1) : code;
    });
  } else {
    process.stderr.write(
      `error  agentctl needs Node 24.15 or newer; this is ${process.versions.node}\nmend   npm install --save-dev node@24   (puts Node 24 beside it; agentctl finds it there)\n`,
    );
    process.exitCode = 1;
  }
}
