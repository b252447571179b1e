import { AgentctlError } from "../base/errors.ts";
import { connectEngine, type Engine } from "../runner/engine.ts";
import type { RunnerPlaces } from "../runner/runners.ts";
import { loadConfig } from "../workspace/config.ts";
import { findWorkspace } from "../workspace/find.ts";
import { packageRoot } from "../workspace/package.ts";
import { openEngine } from "./open-engine.ts";

/** The engine and the runners that count in `cwd`; outside any workspace, the usual engine and the shipped runners. */
export async function openRunners(cwd: string, env: NodeJS.ProcessEnv): Promise<{ engine: Engine; places: RunnerPlaces }> {
  const root = rootAround(cwd, env);
  const engine = await (root === undefined ? connectEngine({ env }) : openEngine(loadConfig(root, env), env));
  return { engine, places: { workspace: root, package: packageRoot() } };
}

function rootAround(cwd: string, env: NodeJS.ProcessEnv): string | undefined {
  try {
    return findWorkspace(cwd, env).root;
  } catch (thrown) {
    if (thrown instanceof AgentctlError && thrown.code === "workspace/no-repository") return undefined;
    throw thrown;
  }
}
