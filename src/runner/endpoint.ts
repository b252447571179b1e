import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { DockerOptions } from "dockerode";
import { AgentctlError } from "../base/errors.ts";

/** Where an engine listens, and how a person would write it. */
export interface Endpoint {
  /** `unix:///…`, `npipe://…`, `tcp://…`, `ssh://…`. */
  url: string;
  /** Not on this machine. */
  remote: boolean;
  options: DockerOptions;
}

/**
 * The engine that `docker` itself would speak to: the given host, DOCKER_HOST, the docker context in force, the default socket.
 * Errors: `runner/bad-host` for an address that is none.
 */
export function findEndpoint(host: string | undefined, env: NodeJS.ProcessEnv): Endpoint {
  const url = host || env["DOCKER_HOST"] || contextHost(env) || defaultUrl(env);
  const [, scheme, rest] = /^([a-z]+):\/\/(.*)$/.exec(url) ?? [undefined, "tcp", url];
  // The modem reads DOCKER_HOST of its own accord: what must not come from there is set to undefined.
  if ((scheme === "unix" || scheme === "npipe") && rest !== "") return { url, remote: false, options: { host: undefined, socketPath: rest } };
  const parsed = URL.canParse(`http://${rest}`) ? new URL(`http://${rest}`) : undefined;
  if (parsed === undefined || !["tcp", "http", "https", "ssh"].includes(scheme ?? "")) {
    throw new AgentctlError("runner/bad-host", `the engine's address "${url}" cannot be understood`, {
      hint: "write it as unix:///run/docker.sock, tcp://host:2376 or ssh://user@host, in DOCKER_HOST or as engine.host in agentctl.yaml",
      exit: "usage",
    });
  }
  const remote = !["localhost", "127.0.0.1", "[::1]"].includes(parsed.hostname);
  if (scheme === "ssh") {
    const options = {
      protocol: "ssh",
      host: parsed.hostname,
      port: parsed.port || 22,
      username: decodeURIComponent(parsed.username),
      sshOptions: sshAgent(env),
    };
    return { url, remote, options: options as DockerOptions };
  }
  const tls = scheme === "https" || env["DOCKER_TLS_VERIFY"] === "1" || parsed.port === "2376";
  const port = parsed.port || (tls ? 2376 : 2375);
  return { url, remote, options: { protocol: tls ? "https" : "http", host: parsed.hostname, port, ...(tls && certificates(env)) } };
}

function defaultUrl(env: NodeJS.ProcessEnv): string {
  if (process.platform === "win32") return "npipe:////./pipe/docker_engine";
  const system = "/var/run/docker.sock";
  const own = [join(homedir(), ".docker", "run", "docker.sock"), env["XDG_RUNTIME_DIR"] && join(env["XDG_RUNTIME_DIR"], "docker.sock")];
  return `unix://${existsSync(system) ? system : (own.find((path) => path && existsSync(path)) ?? system)}`;
}

/** The host of the docker context in force; undefined for the default context and for one that says nothing readable. */
function contextHost(env: NodeJS.ProcessEnv): string | undefined {
  const folder = env["DOCKER_CONFIG"] || join(homedir(), ".docker");
  const name = env["DOCKER_CONTEXT"] || (readJson(join(folder, "config.json")) as { currentContext?: string } | undefined)?.currentContext;
  if (!name || name === "default") return undefined;
  const id = createHash("sha256").update(name).digest("hex");
  const meta = readJson(join(folder, "contexts", "meta", id, "meta.json")) as { Endpoints?: { docker?: { Host?: string } } } | undefined;
  return meta?.Endpoints?.docker?.Host;
}

function certificates(env: NodeJS.ProcessEnv): { ca: Buffer; cert: Buffer; key: Buffer } | undefined {
  const folder = env["DOCKER_CERT_PATH"] || join(homedir(), ".docker");
  if (!existsSync(join(folder, "ca.pem"))) return undefined;
  const read = (name: string): Buffer => readFileSync(join(folder, name));
  return { ca: read("ca.pem"), cert: read("cert.pem"), key: read("key.pem") };
}

function sshAgent(env: NodeJS.ProcessEnv): { agent?: string } {
  return env["SSH_AUTH_SOCK"] === undefined ? {} : { agent: env["SSH_AUTH_SOCK"] };
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}
