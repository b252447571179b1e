// A Docker engine for setup.js: the one that answers, else, as root on Debian or Ubuntu, one from apt on the default socket. Plain JavaScript, no dependencies.
import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import http from "node:http";
import { dirname } from "node:path";

const defaultSocket = "/var/run/docker.sock";
const engineLog = "/var/log/agentctl-dockerd.log";
const elsewhere = "install Docker Engine 20.10 or newer and start it (macOS, Windows: Docker Desktop), or set DOCKER_HOST to one that runs";

/** What to do about the engine. `answer`: yes, no, denied (the socket may not be opened). */
export function enginePlan({ answer, dockerHost, root, osRelease, dockerd, ci }) {
  if (answer === "yes") return { act: "use" };
  const give = (why) => ({ act: ci ? "fail" : "skip", why });
  if (answer === "denied") return give("this user may not open the Docker socket: run as root, or join the group docker and log in again");
  if (dockerHost) return give(`no Docker engine answers at DOCKER_HOST=${dockerHost}`);
  if (!/^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(osRelease)) return give(`no Docker engine answers: ${elsewhere}`);
  if (!root)
    return give("no Docker engine answers: sudo apt-get install docker.io && sudo systemctl start docker, and join the group docker; or run this as root");
  return { act: dockerd ? "start" : "install" };
}

/** Asks an engine with plain HTTP: no client, whose version could be another. An address that needs TLS or SSH is left to the product to try. */
export function ping(dockerHost) {
  const [, scheme, rest] = /^([a-z]+):\/\/(.*)$/.exec(dockerHost || `unix://${defaultSocket}`) || [undefined, "tcp", dockerHost];
  if (scheme !== "unix" && (scheme !== "tcp" || process.env.DOCKER_TLS_VERIFY === "1")) return Promise.resolve("yes");
  const [host, port] = rest.split(":");
  const target = scheme === "unix" ? { socketPath: rest || defaultSocket } : { host, port: port || 2375 };
  return new Promise((resolve) => {
    const request = http.get({ ...target, path: "/_ping", timeout: 5000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? "yes" : "no");
    });
    request.on("timeout", () => request.destroy());
    request.on("error", (error) => resolve(error.code === "EACCES" ? "denied" : "no"));
  });
}

export const say = (text) => process.stderr.write(`setup  ${text}\n`);
export const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export const reading = (path) => (existsSync(path) ? readFileSync(path, "utf8") : "");

export function run(program, args, { env = process.env, cwd, quiet = false } = {}) {
  const stdio = quiet ? ["ignore", "pipe", "pipe"] : ["ignore", 2, 2];
  const ended = spawnSync(program, args, { cwd, env, stdio, encoding: "utf8", shell: process.platform === "win32", maxBuffer: 1 << 28 });
  if (ended.status === 0) return;
  const tail = quiet ? `\n${`${ended.stdout || ""}${ended.stderr || ""}`.trim().split("\n").slice(-15).join("\n")}` : "";
  throw new Error(`${program} ${args.join(" ")} failed (${ended.error ? ended.error.message : `exit ${ended.status}`})${tail}`);
}

export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Answers whether there is an engine to use. */
export async function findEngine() {
  const dockerHost = process.env.DOCKER_HOST;
  const dockerd = spawnSync("dockerd", ["--version"]).status === 0;
  const root = Boolean(process.getuid) && process.getuid() === 0;
  const ci = Boolean(process.env.CI) && process.env.CI !== "false";
  if (process.env.AGENTCTL_NO_ENGINE === "1" && !ci) return false;
  const plan = enginePlan({ answer: await ping(dockerHost), dockerHost, root, osRelease: reading("/etc/os-release"), dockerd, ci });
  if (plan.act === "use") return true;
  if (plan.act === "fail") throw new Error(plan.why);
  if (plan.act === "skip") {
    say(`NO ENGINE  ${plan.why}`);
    say("NO ENGINE  goes on without: everything that needs a container is skipped");
    return false;
  }
  if (plan.act === "install") {
    say("no Docker engine answers; as root, installs docker.io, iptables and mmdebstrap with apt-get, then starts the engine on its default socket");
    apt("docker.io", "iptables", "mmdebstrap", "debian-archive-keyring");
  }
  await start();
  return true;
}

/** Installs Debian packages; for root only. */
export function apt(...packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const patient = ["-qq", "-o", "DPkg::Lock::Timeout=300"];
  run("apt-get", [...patient, "update"], { env, quiet: true });
  run("apt-get", [...patient, "install", "-y", "--no-install-recommends", ...packages], { env, quiet: true });
}

/** Starts the engine that is installed, unless one is up or coming up by now: installing it may have started it. */
async function start() {
  const systemd = existsSync("/run/systemd/system");
  const running = Number(reading("/var/run/docker.pid"));
  let child = { exitCode: null };
  if (systemd) spawnSync("systemctl", ["start", "docker"], { stdio: "ignore" });
  else if ((await ping()) !== "yes" && !(running > 0 && isAlive(running))) child = launch();
  for (let tries = 0; tries < 300 && child.exitCode === null; tries++) {
    if ((await ping()) === "yes") return;
    await wait(100);
  }
  const told = systemd ? "see: journalctl -u docker" : reading(engineLog).trim().split("\n").slice(-15).join("\n");
  throw new Error(`the Docker engine does not answer on ${defaultSocket}\n${told}`);
}

/** dockerd as a process of its own, which stays when this one goes. */
function launch() {
  if (!/^\S+ \S+ cgroup2? /m.test(reading("/proc/mounts"))) {
    say("mounts the control groups (cgroupfs-mount)");
    apt("cgroupfs-mount");
    run("cgroupfs-mount", [], { quiet: true });
  }
  say(`starts dockerd on ${defaultSocket}; log: ${engineLog}`);
  mkdirSync(dirname(engineLog), { recursive: true });
  const log = openSync(engineLog, "a");
  const child = spawn("dockerd", ["-H", `unix://${defaultSocket}`], { detached: true, stdio: ["ignore", log, log] });
  closeSync(log);
  child.unref();
  return child;
}
