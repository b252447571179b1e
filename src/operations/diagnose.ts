import { messageOf, type AgentctlError } from "../base/errors.ts";
import type { Engine } from "../runner/engine.ts";
import type { EffectiveConfig } from "../workspace/config.ts";
import { loadConfig } from "../workspace/config.ts";
import { findWorkspace, type Workspace } from "../workspace/find.ts";
import type { SeenRunner } from "./check-engine.ts";
import { attempt, miss, ok, type Check } from "./check.ts";
import { checkMachine } from "./check-machine.ts";
import { checkWorkspace } from "./check-workspace.ts";

export interface Diagnosis {
  /** False when something required is missing. */
  ok: boolean;
  checks: Check[];
}

export interface DiagnoseOptions {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Remove containers that were left over. */
  clean: boolean;
}

/** Looks at everything agentctl needs here, each finding with its mend. Never throws for what it finds. */
export async function diagnose(options: DiagnoseOptions): Promise<Diagnosis> {
  const checks: Check[] = [];
  let workspace: Workspace | undefined;
  let config: EffectiveConfig | undefined;
  checks.push(
    ...(await attempt("workspace", () => {
      workspace = findWorkspace(options.cwd, options.env);
      return [];
    })),
  );
  if (workspace !== undefined) {
    try {
      config = loadConfig(workspace.root, options.env);
    } catch (thrown) {
      checks.push(miss("config", messageOf(thrown).replaceAll(/:?\n */g, ": "), (thrown as AgentctlError).hint ?? "agentctl config show"));
    }
  }
  checks.push(...(await checkMachine(workspace?.stateDir ?? options.cwd, config?.values.limits.memoryMiB ?? 256)));
  if (workspace !== undefined) checks.push(...(await checkWorkspace(workspace, config, options.env)), ...(await checkRecord(workspace, config)));
  if (workspace !== undefined && config !== undefined) {
    checks.push(...(await checkModelsHere(workspace, config, options.env)), ...(await checkNotifyHere(config, options)));
  }
  checks.push(...(await checkEngineHere(workspace, config, options)));
  return { ok: !checks.some((check) => check.level === "miss" && check.required), checks };
}

/** Whether DuckDB loads and answers over the record. */
function checkRecord(workspace: Workspace, config: EffectiveConfig | undefined): Promise<Check[]> {
  return attempt("duckdb", async () => {
    const { ask } = await import("../trace/ask.ts");
    const { rows } = await ask(workspace.stateDir, "SELECT count(*), count(DISTINCT run) FROM events", config?.values.query);
    const [events, runs] = rows[0] ?? [];
    return ok("duckdb", `duckdb answers over ${JSON.stringify(events)} records of ${JSON.stringify(runs)} runs`);
  });
}

async function checkModelsHere(workspace: Workspace, config: EffectiveConfig, env: NodeJS.ProcessEnv): Promise<Check[]> {
  const { checkModels } = await import("./check-models.ts");
  return checkModels(workspace, config, env);
}

/** A workspace that names no channel, on disk, in its commit or in a variable, has no line about them. */
async function checkNotifyHere({ root }: EffectiveConfig, { env }: DiagnoseOptions): Promise<Check[]> {
  const { checkNotify } = await import("./check-notify.ts");
  return checkNotify(root, env);
}

async function checkEngineHere(workspace: Workspace | undefined, config: EffectiveConfig | undefined, { env, clean }: DiagnoseOptions): Promise<Check[]> {
  return await attempt("engine", async () => {
    const { checkEngine } = await import("./check-engine.ts");
    const { openEngine } = await import("./open-engine.ts");
    const { runnerPlaces } = await import("./open-runners.ts");
    const { findImage } = await import("../runner/images.ts");
    const { listRunners } = await import("../runner/runners.ts");
    const places = runnerPlaces(workspace?.root);
    const look = (engine: Engine): Promise<SeenRunner[]> =>
      Promise.all(listRunners(places).map(async ({ name }) => ({ name, image: await findImage(engine, name, places) })));
    return await checkEngine(() => openEngine(config, env), look, clean);
  });
}
