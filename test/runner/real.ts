import { fileURLToPath } from "node:url";
import { connectEngine, type Engine } from "../../src/runner/engine.ts";
import { findImage } from "../../src/runner/images.ts";
import { defaultLimits, type JobFile, type JobSpec } from "../../src/runner/job.ts";

const packageRoot = fileURLToPath(new URL("../..", import.meta.url));

/** What tests with real containers need: an engine, and the images of the runners. */
export interface Real {
  engine: Engine;
  python: string;
  node: string;
  shell: string;
}

/** The engine and its images; undefined (said loudly) where they are missing, which in CI is an error. */
export async function findReal(): Promise<Real | undefined> {
  try {
    const engine = await connectEngine();
    const [python, node, shell] = await Promise.all(
      ["python", "node", "shell"].map(async (runner) => (await findImage(engine, runner, { package: packageRoot }))?.id),
    );
    if (python === undefined || node === undefined || shell === undefined) throw new Error("the runner images are not built: npm run setup");
    return { engine, python, node, shell };
  } catch (error) {
    if (process.env["CI"]) throw error;
    process.stderr.write(`SKIPPED: tests with real containers (${String(error)})\n`);
    return undefined;
  }
}

/** A job of one program, `main.py` unless the command says otherwise. */
export type JobChanges = Omit<Partial<JobSpec>, "limits"> & { limits?: Partial<JobSpec["limits"]> };

export function job(image: string, program: string, more: JobChanges = {}): JobSpec {
  const files: JobFile[] = [{ path: "skill/main.py", data: program }, ...(more.files ?? [])];
  return { image, command: ["python3", "main.py"], cwd: "/work/skill", run: "r-test", ...more, files, limits: { ...defaultLimits, ...more.limits } };
}

export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");
