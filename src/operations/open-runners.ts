import type { Engine } from "../runner/engine.ts";
import type { RunnerPlaces } from "../runner/runners.ts";
import { loadConfig } from "../workspace/config.ts";
import { workspaceAround } from "../workspace/find.ts";
import { packageRoot } from "../workspace/package.ts";
import { openEngine } from "./open-engine.ts";

/** The engine and the runners that count in `cwd`; outside any workspace, the usual engine and the shipped runners. */
export async function openRunners(cwd: string, env: NodeJS.ProcessEnv): Promise<{ engine: Engine; places: RunnerPlaces }> {
  const root = workspaceAround(cwd, env)?.root;
  const engine = await openEngine(root === undefined ? undefined : loadConfig(root, env), env);
  return { engine, places: runnerPlaces(root) };
}

/** Where the runners of a workspace are: its own, and those that come with agentctl. */
export function runnerPlaces(workspace: string | undefined): RunnerPlaces {
  return { workspace, package: packageRoot() };
}
