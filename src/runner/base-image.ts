import { spawn } from "node:child_process";
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AgentctlError } from "../base/errors.ts";
import { engineError, statusOf } from "./engine-errors.ts";
import { cancelled, engineEvents, eventLines, firstLine } from "./engine-events.ts";
import type { Engine } from "./engine.ts";

export interface Work {
  onLine?: ((line: string) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** A registry that is reachable says something within this time. */
const silenceMs = 30_000;

/**
 * Sees to it that the engine has the base image: already there, pulled from a registry, or, for Debian's slim images as root on Debian or Ubuntu, made
 * from Debian's own packages and imported under the same name. Errors: `runner/no-base`, `runner/cancelled`.
 */
export async function ensureBase(engine: Engine, base: string, work: Work = {}): Promise<"present" | "pulled" | "made"> {
  if (await hasImage(engine, base)) return "present";
  const unreachable = await pull(engine, base, work);
  if (unreachable === undefined) return "pulled";
  const suite = /^debian:([a-z]+)-slim$/.exec(base)?.[1];
  const obstacle = suite === undefined ? "and it is no Debian image that could be made here" : obstacleTo(engine);
  if (suite === undefined || obstacle !== undefined) {
    throw new AgentctlError("runner/no-base", `the base image ${base} is not on the engine and cannot be pulled (${unreachable}), ${obstacle}`, {
      hint: `bring the image to the engine (docker load, or a registry), or build on another: agentctl runner build --base <image>`,
    });
  }
  await make(engine, base, suite, work);
  return "made";
}

async function hasImage(engine: Engine, name: string): Promise<boolean> {
  try {
    await engine.docker.getImage(name).inspect();
    return true;
  } catch (thrown) {
    if (statusOf(thrown) === 404) return false;
    throw engineError(thrown, `looking for the image ${name}`);
  }
}

/** Answers why it could not be pulled; nothing when it was. */
async function pull(engine: Engine, base: string, { onLine, signal }: Work): Promise<string | undefined> {
  try {
    onLine?.(`pulling ${base}`);
    const stream = await engine.docker.pull(base);
    for await (const event of engineEvents(stream, `pulling ${base}`, { signal, silenceMs })) {
      if (event.error !== undefined) return firstLine(new Error(event.error));
      for (const line of eventLines(event)) onLine?.(line);
    }
    return (await hasImage(engine, base)) ? undefined : "the engine ended the pull without the image";
  } catch (thrown) {
    if (signal?.aborted === true) throw thrown;
    return firstLine(thrown);
  }
}

function obstacleTo(engine: Engine): string | undefined {
  if (process.platform !== "linux" || process.arch !== engine.info.arch) return "and this machine cannot make a Debian image for the engine's";
  if (process.getuid?.() !== 0) return "and only root can make it from Debian's packages";
  const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  if (onPath("mmdebstrap") || /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(release)) return undefined;
  return "and mmdebstrap, which could make it, is not installed";
}

/** Debian's packages into a file first, so that what breaks off half-way is never imported. */
async function make(engine: Engine, base: string, suite: string, work: Work): Promise<void> {
  if (!onPath("mmdebstrap")) {
    work.onLine?.("installing mmdebstrap with apt-get");
    await run("apt-get", ["update", "-qq"], work);
    await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "mmdebstrap", "debian-archive-keyring"], work);
  }
  const folder = mkdtempSync(join(tmpdir(), "agentctl-base-"));
  const tar = join(folder, "base.tar");
  try {
    work.onLine?.(`making ${base} from Debian's packages`);
    const without = ["doc", "man", "info", "locale"].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);
    await run("mmdebstrap", ["--variant=minbase", ...without, suite, tar], work);
    const [repo, tag] = base.split(":");
    const stream = await engine.docker.importImage(createReadStream(tar), { repo, tag });
    for await (const event of engineEvents(stream, `importing ${base}`, { signal: work.signal })) {
      if (event.error !== undefined) throw new AgentctlError("runner/no-base", `the engine refused ${base} (${event.error.trim()})`);
    }
  } catch (thrown) {
    throw engineError(thrown, `making ${base}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function onPath(program: string): boolean {
  return (process.env["PATH"] ?? "").split(":").some((folder) => existsSync(join(folder, program)));
}

/** Runs a program of the system; its last lines are the error. */
function run(program: string, args: readonly string[], { onLine, signal }: Work): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" }, signal });
  let tail: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== "");
      for (const line of lines) onLine?.(line);
      tail = [...tail, ...lines].slice(-8);
    });
  }
  child.once("error", (cause) => reject(signal?.aborted === true ? cancelled(`running ${program}`) : failed(cause.message, cause)));
  child.once("close", (code) => (code === 0 ? resolve() : reject(failed(`exit ${code}`))));
  const failed = (what: string, cause?: unknown): AgentctlError =>
    new AgentctlError("runner/no-base", `${program} failed (${what})${tail.map((line) => `\n  ${line}`).join("")}`, { cause });
  return promise;
}
