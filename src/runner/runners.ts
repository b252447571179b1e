import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import { AgentctlError } from "../base/errors.ts";
import { nearest } from "../base/suggest.ts";
import { findLinuxDuckdb } from "./linux-duckdb.ts";
import { findLinuxNode } from "./linux-node.ts";

/** The folders whose `runners/` count; the workspace's come first. */
export interface RunnerPlaces {
  workspace?: string | undefined;
  package: string;
}

/** A folder with a Dockerfile, from which an image is built. */
export interface Runner {
  name: string;
  from: "workspace" | "package";
  folder: string;
  /** The launcher of this agentctl, which every image gets. */
  launcher: string;
  /** Where a Linux Node may be found beside this agentctl. */
  package: string;
}

/** A file of the build context. */
export interface ContextFile {
  path: string;
  executable: boolean;
  /** What counts in the digest: the hash of the content, or the version of a binary that is too large to be hashed at every run. */
  identity: string;
  bytes: number;
  /** Where to read it from, on disk. */
  source: string;
}

export interface BuildContext {
  files: ContextFile[];
  /** The base image, unless another is asked for. */
  base: string;
}

const validName = /^[a-z][a-z0-9-]{0,62}$/;
const defaultBase = "debian:bookworm-slim";

/** Every runner that can be seen from here, by name; one of the workspace hides the package's of the same name. */
export function listRunners(places: RunnerPlaces): Runner[] {
  const runners = new Map<string, Runner>();
  for (const runner of allRunners(places)) if (!runners.has(runner.name)) runners.set(runner.name, runner);
  return [...runners.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The workspace's runners, then the package's, hidden ones included. */
export function allRunners(places: RunnerPlaces): Runner[] {
  const launcher = join(places.package, "runners", "launcher.py");
  const roots = [places.workspace, places.package].filter((root) => root !== undefined).map((root) => (existsSync(root) ? realpathSync(root) : root));
  return [...new Set(roots)].flatMap((root): Runner[] => {
    const rooms = join(root, "runners");
    if (!existsSync(rooms)) return [];
    const from = root === realpathSync(places.package) ? "package" : "workspace";
    return readdirSync(rooms)
      .filter((name) => validName.test(name) && existsSync(join(rooms, name, "Dockerfile")))
      .map((name) => ({ name, from, folder: join(rooms, name), launcher, package: places.package }));
  });
}

/** Errors: `runner/unknown` (exit usage), with the nearest name. */
export function findRunner(places: RunnerPlaces, name: string): Runner {
  const runners = listRunners(places);
  const found = runners.find((runner) => runner.name === name);
  if (found !== undefined) return found;
  const names = runners.map((runner) => runner.name);
  const near = nearest(name, names);
  throw new AgentctlError("runner/unknown", `there is no runner "${name}"`, {
    hint: near === undefined ? `known runners: ${names.join(", ") || "none"}` : `did you mean "${near}"?`,
    exit: "usage",
  });
}

/**
 * What an image of this runner is built from, on an engine of this architecture (x64, arm64): the folder without its README and dot files, the
 * launcher, a Linux Node in bin/ where the Dockerfile copies that folder and the runner has none of its own, and likewise DuckDB in modules/, if it is here.
 * Errors: `runner/odd-file` for links and the like, which an image would not hold as they are.
 */
export function readContext(runner: Runner, arch: string): BuildContext {
  const files = filesOf(runner.folder);
  files.push(fileAt("launcher.py", runner.launcher));
  const dockerfile = readFileSync(join(runner.folder, "Dockerfile"), "utf8");
  let base = /^ARG\s+BASE=["']?([^\s"']+)/m.exec(dockerfile)?.[1] ?? /^FROM\s+(?:--\S+\s+)*([^\s$]+)/m.exec(dockerfile)?.[1] ?? defaultBase;
  if (/^COPY\s+bin\/\s/m.test(dockerfile) && !files.some((file) => file.path.startsWith("bin/"))) {
    const node = findLinuxNode(runner.package, arch);
    if (node === undefined) base = "node:24-bookworm-slim";
    else files.push({ path: "bin/node", executable: true, identity: `node ${node.version} linux-${arch}`, bytes: node.bytes, source: node.path });
  }
  if (/^COPY\s+modules\/\s/m.test(dockerfile) && !files.some((file) => file.path.startsWith("modules/"))) {
    for (const { path, version, bytes, source } of findLinuxDuckdb(runner.package, arch) ?? []) {
      files.push({ path: `modules/node_modules/${path}`, executable: false, identity: `${version} linux-${arch}`, bytes, source });
    }
  }
  const unique = new Map(files.map((file) => [file.path, file]));
  return { files: [...unique.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1)), base };
}

/** What an image is known by: 64 hex digits over every file that goes in, and the base it stands on. */
export function runnerDigest(files: readonly Pick<ContextFile, "path" | "executable" | "identity">[], base: string): string {
  return sha256(canonicalJson({ base, files: files.map(({ path, executable, identity }) => ({ path, executable, identity })) }));
}

/** The name an image gets: `agentctl/<runner>:<12 digits>`. */
export function imageTag(name: string, digest: string): string {
  return `agentctl/${name}:${digest.slice(0, 12)}`;
}

function filesOf(folder: string, prefix = ""): ContextFile[] {
  return readdirSync(join(folder, prefix))
    .filter((name) => !name.startsWith(".") && name !== "README.md" && name !== "node_modules")
    .flatMap((name): ContextFile[] => {
      const path = `${prefix}${name}`;
      const found = lstatSync(join(folder, path));
      if (found.isDirectory()) return filesOf(folder, `${path}/`);
      if (!found.isFile()) {
        throw new AgentctlError("runner/odd-file", `${join(folder, path)} is neither a file nor a folder`, { hint: "an image is built from plain files only" });
      }
      return [fileAt(path, join(folder, path))];
    });
}

function fileAt(path: string, source: string): ContextFile {
  const data = readFileSync(source);
  return { path, executable: (lstatSync(source).mode & 0o100) !== 0, identity: sha256(data), bytes: data.length, source };
}
