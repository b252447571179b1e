import { AgentctlError } from "../base/errors.ts";
import { loadConfig, type EffectiveConfig } from "../workspace/config.ts";
import { findWorkspace } from "../workspace/find.ts";
import { packageRoot } from "../workspace/package.ts";
import { proveEnforcement, type Enforcement } from "./prove-enforcement.ts";

export interface ProofOptions {
  cwd: string;
  env: NodeJS.ProcessEnv;
  onProbe: (probe: Enforcement["probes"][number]) => void;
}

/** Proves the sandbox on the engine and in the Python image that jobs of this workspace would use; without a workspace, on the usual engine. */
export async function proveHere({ cwd, env, onProbe }: ProofOptions): Promise<Enforcement> {
  const { connectEngine } = await import("../runner/engine.ts");
  const { requireImage } = await import("../runner/images.ts");
  const here = inWorkspace(cwd, env);
  const engine = await connectEngine({ env, ...here?.config.values.engine });
  const image = await requireImage(engine, "python", { workspace: here?.root, package: packageRoot() });
  return await proveEnforcement(engine, image.id, { onProbe });
}

function inWorkspace(cwd: string, env: NodeJS.ProcessEnv): { root: string; config: EffectiveConfig } | undefined {
  try {
    const { root } = findWorkspace(cwd, env);
    return { root, config: loadConfig(root, env) };
  } catch (thrown) {
    if (thrown instanceof AgentctlError && thrown.code === "workspace/no-repository") return undefined;
    throw thrown;
  }
}
