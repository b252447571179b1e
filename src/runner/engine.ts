import { readFileSync } from "node:fs";
import type Docker from "dockerode";
import { AgentctlError, messageOf } from "../base/errors.ts";
import { findEndpoint, type Endpoint } from "./endpoint.ts";
import type { JobEngine } from "./job-engine.ts";

export interface EngineInfo {
  /** The machine's name, as the engine gives it. */
  name: string;
  /** Where it was found, e.g. `unix:///var/run/docker.sock`. */
  url: string;
  version: string;
  apiVersion: string;
  cgroupVersion: string;
  cpus: number;
  memoryBytes: number;
  os: string;
  /** As Node names it: x64, arm64. */
  arch: string;
  /** The storage driver. */
  storage: string;
  rootless: boolean;
  remote: boolean;
}

/** A container engine that answered. A value: a process may hold several. */
export interface Engine extends JobEngine {
  readonly info: EngineInfo;
}

export interface EngineOptions {
  /** Instead of DOCKER_HOST, the docker context and the default socket. */
  host?: string | undefined;
  /** The engine's runtime for jobs, e.g. runsc. */
  runtime?: string | undefined;
  env?: NodeJS.ProcessEnv | undefined;
  /** How long the engine may take to answer; default 5,000. */
  timeoutMs?: number | undefined;
}

/** API 1.41 is Engine 20.10: the oldest whose limits and seccomp profile were proved. */
const oldestApi = [1, 41] as const;

/**
 * Finds the engine and asks who it is.
 * Errors: `runner/no-engine`, `runner/engine-denied` (the socket may not be opened), `runner/engine-too-old`, `runner/bad-host`, `runner/no-runtime`.
 */
export async function connectEngine(options: EngineOptions = {}): Promise<Engine> {
  const { env = process.env, runtime, timeoutMs = 5000 } = options;
  const endpoint = findEndpoint(options.host, env);
  const { default: Client } = await import("dockerode");
  const docker = new Client(endpoint.options);
  const namedBy = options.host ? "engine.host" : env["DOCKER_HOST"] ? "DOCKER_HOST" : undefined;
  const { version, about } = await asked(docker, endpoint, timeoutMs, namedBy);
  if (!isRecent(version.ApiVersion)) {
    throw new AgentctlError(
      "runner/engine-too-old",
      `the engine at ${endpoint.url} is ${version.Version} (API ${version.ApiVersion}); API ${oldestApi.join(".")} is needed`,
      {
        hint: "install Docker Engine 20.10 or newer",
      },
    );
  }
  if (runtime !== undefined && about.Runtimes?.[runtime] === undefined) {
    const known = Object.keys(about.Runtimes ?? {}).join(", ");
    throw new AgentctlError("runner/no-runtime", `the engine has no runtime "${runtime}"; it has: ${known}`, { hint: "agentctl config show" });
  }
  return {
    docker,
    cpus: about.NCPU,
    runtime,
    info: {
      name: about.Name,
      url: endpoint.url,
      version: version.Version,
      apiVersion: version.ApiVersion,
      cgroupVersion: about.CgroupVersion ?? "1",
      cpus: about.NCPU,
      memoryBytes: about.MemTotal,
      os: about.OperatingSystem,
      arch: nodeArch(version.Arch),
      storage: about.Driver,
      rootless: (about.SecurityOptions ?? []).some((option: string) => option.includes("name=rootless")),
      remote: endpoint.remote,
    },
  };
}

/** The parts of the engine's self-description that the types of the client leave out or leave untyped. */
interface About {
  Name: string;
  NCPU: number;
  MemTotal: number;
  OperatingSystem: string;
  Driver: string;
  CgroupVersion?: string;
  SecurityOptions?: string[];
  Runtimes?: Record<string, unknown>;
}

async function asked(
  docker: Docker,
  endpoint: Endpoint,
  timeoutMs: number,
  namedBy: string | undefined,
): Promise<{ version: Docker.DockerVersion; about: About }> {
  const timer = Promise.withResolvers<never>();
  const timeout = setTimeout(() => timer.reject(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
  try {
    const answers = Promise.all([docker.version(), docker.info() as Promise<About>]);
    const [version, about] = await Promise.race([answers, timer.promise]);
    return { version, about };
  } catch (cause) {
    throw unreachable(endpoint, namedBy, cause);
  } finally {
    clearTimeout(timeout);
  }
}

function unreachable(endpoint: Endpoint, namedBy: string | undefined, cause: unknown): AgentctlError {
  const code = (cause as NodeJS.ErrnoException).code;
  const here = { platform: process.platform, root: process.getuid?.() === 0, osRelease: osRelease() };
  if (code === "EACCES" || code === "EPERM") {
    return new AgentctlError("runner/engine-denied", `there is a Docker engine at ${endpoint.url}, but this user may not open its socket`, {
      hint: "run as root, or: sudo usermod -aG docker $USER, then log in again (members of that group are as good as root)",
      cause,
    });
  }
  const why = code === "ENOENT" ? "nothing is there" : code === "ECONNREFUSED" ? "nobody listens" : messageOf(cause);
  return new AgentctlError("runner/no-engine", `no Docker engine answers at ${endpoint.url} (${why})`, {
    hint: mend({ ...here, remote: endpoint.remote, namedBy }),
    cause,
  });
}

/** What to do where no engine answers. `namedBy` is the setting that led there, when one did. */
export function mend(here: { platform: NodeJS.Platform; root: boolean; osRelease: string; remote: boolean; namedBy?: string | undefined }): string {
  if (here.remote) return "check DOCKER_HOST (or engine.host in agentctl.yaml), and that the machine can be reached";
  if (here.namedBy === "DOCKER_HOST") return "unset DOCKER_HOST     or start an engine there: the variable names this address";
  if (here.namedBy !== undefined) return `agentctl config show     ${here.namedBy} names this address: start an engine there, or change it`;
  if (here.platform === "darwin" || here.platform === "win32") return "start Docker Desktop (or install it), then try again";
  if (!/^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(here.osRelease)) return "install Docker Engine 20.10 or newer and start it: systemctl start docker";
  if (here.root) return "apt-get install docker.io && (systemctl start docker || service docker start)     in a checkout of agentctl: npm run setup";
  return "sudo apt-get install docker.io && sudo systemctl start docker && sudo usermod -aG docker $USER, then log in again";
}

function osRelease(): string {
  try {
    return readFileSync("/etc/os-release", "utf8");
  } catch {
    return "";
  }
}

function isRecent(apiVersion: string): boolean {
  const [major = 0, minor = 0] = apiVersion.split(".").map(Number);
  return major > oldestApi[0] || (major === oldestApi[0] && minor >= oldestApi[1]);
}

function nodeArch(arch: string): string {
  return { amd64: "x64", x86_64: "x64", aarch64: "arm64" }[arch] ?? arch;
}
