import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isMapping } from "../../base/mapping.ts";
import { AgentctlError } from "../../base/errors.ts";
import { requireImage } from "../../runner/images.ts";
import { jobsSettled } from "../../runner/job-engine.ts";
import type { JobLimits } from "../../runner/job.ts";
import { runJob } from "../../runner/run-job.ts";
import type { SkillRunner } from "../../skill/skill.ts";
import { packageRoot } from "../../workspace/package.ts";
import { openEngine } from "../open-engine.ts";
import { runnerPlaces } from "../open-runners.ts";
import { scopeOf } from "../scope.ts";
import type { ToolContext } from "./tool.ts";

/** Something that a program finds in an image. */
export interface InstalledPackage {
  kind: "Python module" | "Node module" | "command" | "Debian package";
  name: string;
  version: string;
  /** Where it belongs, or what it is; may be empty. */
  about: string;
}

export interface InstalledPackages {
  /** Id of the image. */
  image: string;
  packages: readonly InstalledPackage[];
}

const limits: JobLimits = { timeoutMs: 30_000, memoryMiB: 256, cpus: 1, pids: 32, outputBytes: 4 * 1024 * 1024, diskMiB: 16 };
/** An image never changes: what is in it is asked once in a process. */
const known = new Map<string, readonly InstalledPackage[]>();

/** What is in the image of a runner, asked in a container of it without network. Errors: those of the engine; `runner/no-image`, `packages/unknown`. */
export async function installedIn(runner: SkillRunner, { authority, env, open, signal }: ToolContext): Promise<InstalledPackages> {
  const engine = await openEngine(authority.config, env);
  const { id: image } = await requireImage(engine, runner, runnerPlaces(authority.workspace.root));
  const before = known.get(image);
  if (before !== undefined) return { image, packages: before };
  const program = await readFile(join(packageRoot(), "runners", "package_list.py"), "utf8");
  const spec = {
    image,
    command: ["python3", "-B", "/work/package_list.py"],
    files: [{ path: "package_list.py", data: program }],
    limits,
    run: open.run,
    scope: scopeOf(open.stateDir),
  };
  const job = await runJob(engine, spec, { signal: AbortSignal.any([signal, open.stop]) });
  await jobsSettled(engine);
  signal.throwIfAborted();
  const packages = job.outcome === "ok" ? packagesIn(job.stdout) : undefined;
  if (packages === undefined) throw new AgentctlError("packages/unknown", `the image of the runner ${runner} does not say what is in it (${job.outcome})`);
  known.set(image, packages);
  return { image, packages };
}

/** Reads what `runners/package_list.py` says. The image is one that somebody built: each member is checked. */
function packagesIn(stdout: Uint8Array): readonly InstalledPackage[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(stdout).toString("utf8"));
  } catch {
    return undefined;
  }
  if (!isMapping(value)) return undefined;
  const [python, node] = [value["python"], value["node"]].map((each) => (isMapping(each) ? each : {})) as [Record<string, unknown>, Record<string, unknown>];
  return [
    ...rows(python["modules"]).flatMap((row) => made("Python module", rows(row))),
    ...rows(node["modules"]).flatMap((name) => made("Node module", [name, node["version"], "part of Node"])),
    ...rows(value["commands"]).flatMap((name) => made("command", [name, "", ""])),
    ...rows(value["debian"]).flatMap((row) => made("Debian package", rows(row))),
  ];
}

function rows(list: unknown): unknown[] {
  return Array.isArray(list) ? list : [];
}

function made(kind: InstalledPackage["kind"], [name, version, about]: readonly unknown[]): InstalledPackage[] {
  return typeof name === "string" && name !== "" ? [{ kind, name, version: text(version), about: text(about) }] : [];
}

function text(value: unknown): string {
  return typeof value === "string" ? value.toWellFormed().slice(0, 200) : "";
}
