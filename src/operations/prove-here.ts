import { AgentctlError } from "../base/errors.ts";
import { loadConfig } from "../workspace/config.ts";
import { findWorkspace } from "../workspace/find.ts";
import { proveEnforcement, type Enforcement } from "./prove-enforcement.ts";

/** Proves the sandbox on the engine and the Python image that jobs of this workspace would use; without a workspace, on the usual engine. */
export async function proveHere(options: {
  cwd: string;
  env: NodeJS.ProcessEnv;
  onProbe: (probe: Enforcement["probes"][number]) => void;
}): Promise<Enforcement> {
  const { connectEngine } = await import("../runner/engine.ts");
  const { findImage } = await import("../runner/images.ts");
  const engine = await connectEngine({ env: options.env, ...engineChoice(options.cwd, options.env) });
  const image = await findImage(engine, "python");
  if (image === undefined)
    throw new AgentctlError("runner/no-image", "the image runners/python is not built, and the probes run in it", { hint: "agentctl runner build python" });
  return await proveEnforcement(engine, image.id, { onProbe: options.onProbe });
}

function engineChoice(cwd: string, env: NodeJS.ProcessEnv): { host?: string | undefined; runtime?: string | undefined } {
  try {
    return loadConfig(findWorkspace(cwd, env).root, env).values.engine;
  } catch (thrown) {
    if (thrown instanceof AgentctlError && thrown.code === "workspace/no-repository") return {};
    throw thrown;
  }
}
