#!/usr/bin/env node
// node bin/setup.js [--build] [--images] [--browser] [-- command args…]
// Brings a fresh machine to where the command runs: dependencies, Node 24 beside them, a Docker engine, the build, the images, a browser for the tests of
// pages. What is done already is skipped; what acts says so in one line. Plain JavaScript for Node 18 and newer, without dependencies: it runs before there are any.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findBrowser } from "./setup-browser.js";
import { findEngine, isAlive, reading, run, say, wait } from "./setup-engine.js";

export function parse(argv) {
  const dashes = argv.indexOf("--");
  const own = dashes < 0 ? argv : argv.slice(0, dashes);
  const unknown = own.find((word) => !["--build", "--images", "--browser"].includes(word));
  if (unknown !== undefined) throw new Error(`unknown option ${unknown}; node bin/setup.js [--build] [--images] [--browser] [-- command args…]`);
  const has = (word) => own.includes(word);
  return { build: has("--build"), images: has("--images"), browser: has("--browser"), command: dashes < 0 ? [] : argv.slice(dashes + 1) };
}

/** Whether `npm ci` has to run: never installed, or for another lock file. Without our stamp, npm's own record tells by its age. */
export function needsInstall(root) {
  const modules = join(root, "node_modules");
  const record = join(modules, ".package-lock.json");
  if (!existsSync(record)) return true;
  const stamp = join(modules, ".agentctl-setup");
  if (existsSync(stamp)) return readFileSync(stamp, "utf8") !== lockHash(root);
  return statSync(record).mtimeMs < statSync(join(root, "package-lock.json")).mtimeMs;
}

function lockHash(root) {
  return createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
}

export function isRecentNode(version) {
  const [major, minor] = version.replace(/^v/, "").split(".").map(Number);
  return major > 24 || (major === 24 && minor >= 15);
}

/** Whether the build is older than what it is made of. Folders count: their time changes when a file goes. */
export function needsBuild(root) {
  const manifest = join(root, "oclif.manifest.json");
  if (!existsSync(manifest) || !existsSync(join(root, "dist"))) return true;
  const builtMs = statSync(manifest).mtimeMs;
  const newer = (path) => {
    const found = statSync(path);
    return found.mtimeMs > builtMs || (found.isDirectory() && readdirSync(path).some((name) => newer(join(path, name))));
  };
  return ["src", "commands", "bin/manifest.js", "package.json", "tsconfig.json", "tsconfig.build.json"].some((path) => newer(join(root, path)));
}

/** One set-up at a time on this machine: two would install, build and start engines into each other. */
async function alone(work) {
  const lock = join(tmpdir(), `agentctl-setup-${process.getuid ? process.getuid() : "all"}.lock`);
  for (let told = false; ; await wait(300)) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" });
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
      const holder = Number(reading(lock));
      // One that names nobody was left by a process that died while it wrote.
      const left = holder > 0 ? !isAlive(holder) : Date.now() - statSync(lock).mtimeMs > 10_000;
      if (left) rmSync(lock, { force: true });
      else if (!told) say(`waits for another set-up (process ${holder || "unknown"})`);
      told = true;
    }
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function install(root) {
  if (needsInstall(root)) {
    say("installs the dependencies (npm ci)");
    try {
      run("npm", ["ci"], { cwd: root, quiet: true });
    } catch {
      // A lock file that was written where a registry lacked other platforms' optional packages is refused by npm ci alone.
      say("npm ci refuses the lock file; installs what it names (npm install --no-save)");
      run("npm", ["install", "--no-save"], { cwd: root, quiet: true });
    }
  }
  writeFileSync(join(root, "node_modules", ".agentctl-setup"), lockHash(root));
  if (localNode(root) !== undefined) return;
  say("installs Node 24 beside them (npm rebuild node)");
  run("npm", ["rebuild", "node"], { cwd: root });
  if (localNode(root) !== undefined || isRecentNode(process.version)) return;
  throw new Error(
    "node_modules/.bin/node is not Node 24.15 or newer. npm did not run the package's install script: look for ignore-scripts in `npm config list`, or install Node 24",
  );
}

function localNode(root) {
  const node = join(root, "node_modules", ".bin", "node");
  const { stdout, status } = spawnSync(node, ["--version"], { encoding: "utf8", shell: process.platform === "win32" });
  return status === 0 && isRecentNode(stdout.trim()) ? node : undefined;
}

async function main() {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const { build, images, browser, command } = parse(process.argv.slice(2));
  const env = { ...process.env, PATH: `${join(root, "node_modules", ".bin")}${delimiter}${process.env.PATH}` };
  await alone(async () => {
    install(root);
    if (!(await findEngine())) env.AGENTCTL_NO_ENGINE = "1";
    if (browser) env.AGENTCTL_BROWSER = findBrowser();
    if (build && needsBuild(root)) {
      say("builds (npm run build)");
      run("npm", ["run", "build", "--silent"], { cwd: root, env });
    }
    if (images && env.AGENTCTL_NO_ENGINE === undefined) run("node", [join(root, "bin", build ? "run.js" : "dev.js"), "runner", "build"], { cwd: root, env });
  });
  if (command.length === 0) return;
  const [program, ...args] = command;
  const child = spawn(program, args, { stdio: "inherit", env, shell: process.platform === "win32" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  process.exitCode = await new Promise((resolve, reject) => {
    child.on("error", reject).on("exit", (code, signal) => resolve(code === null ? 128 + (signal === "SIGINT" ? 2 : signal === "SIGKILL" ? 9 : 15) : code));
  });
}

if (process.argv[1] && realpathSync(process.argv[1]) === realpathSync(fileURLToPath(import.meta.url))) {
  main().catch((error) => {
    process.stderr.write(`setup  failed: ${error.message}\n`);
    process.exitCode = 1;
  });
}
