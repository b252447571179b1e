import { connectEngine, type Engine } from "../../src/runner/engine.ts";
import { requireImage } from "../../src/runner/images.ts";
import { defaultLimits, type JobFile, type JobSpec } from "../../src/runner/job.ts";
import { packageRoot } from "../../src/workspace/package.ts";
import { engineExpected } from "../support/engine.ts";

/** What tests with real containers need: an engine, and the images of the runners. */
export interface Real {
  engine: Engine;
  python: string;
  node: string;
  shell: string;
}

/** The engine and its images; undefined where no engine is expected. */
export async function findReal(): Promise<Real | undefined> {
  if (!engineExpected) return undefined;
  const engine = await connectEngine();
  const ids = ["python", "node", "shell"].map(async (runner) => (await requireImage(engine, runner, { package: packageRoot() })).id);
  const [python = "", node = "", shell = ""] = await Promise.all(ids);
  return { engine, python, node, shell };
}

export type JobChanges = Omit<Partial<JobSpec>, "limits"> & { limits?: Partial<JobSpec["limits"]> };

/** A job of one program, `main.py` unless the command says otherwise. */
export function job(image: string, program: string, more: JobChanges = {}): JobSpec {
  const files: JobFile[] = [{ path: "skill/main.py", data: program }, ...(more.files ?? [])];
  return { image, command: ["python3", "main.py"], cwd: "/work/skill", run: "r-test", ...more, files, limits: { ...defaultLimits, ...more.limits } };
}

export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");
