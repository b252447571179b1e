import { setTimeout as wait } from "node:timers/promises";
import { systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { openLedger } from "../ledger/ledger.ts";
import { listRuns } from "../ledger/runs.ts";
import { uid } from "../runner/container.ts";
import type { Engine } from "../runner/engine.ts";
import type { VolumeContent } from "../runner/fill-volume.ts";
import { requireImage } from "../runner/images.ts";
import { jobsSettled } from "../runner/job-engine.ts";
import { sweepOrphans } from "../runner/sweep.ts";
import { sweepVolumes } from "../runner/sweep-volumes.ts";
import { ensureVolume, removeVolume, type VolumeKey } from "../runner/volume.ts";
import type { Authority } from "./load-authority.ts";
import { openEngine } from "./open-engine.ts";
import { runnerPlaces } from "./open-runners.ts";
import { givenFiles, inputFolder, restoredFiles, type SandboxFile } from "./sandbox-files.ts";
import { SandboxJobs } from "./sandbox-jobs.ts";
import { emptyScratch } from "./sandbox-report.ts";
import { agentView, viewContent } from "./sandbox-view.ts";
import type { Sandbox, SandboxRunner } from "./sandbox.ts";
import { scopeOf } from "./scope.ts";
import type { ScratchChange } from "./tools/tool.ts";

export interface SandboxAsked {
  authority: Authority;
  env: NodeJS.ProcessEnv;
  stateDir: string;
  /** Id of the run that the work belongs to, whatever part of it goes on: its scratch is found again by it. */
  run: string;
  agent: { name: string; level: number };
  signal: AbortSignal;
  /** Laid below scratch/input/ when the scratch is made; read as they are needed. */
  files?: readonly SandboxFile[];
  /** What has to lie there when the scratch is made, from the files that a record kept by digest; of several changes of one file the last counts. */
  restore?: readonly ScratchChange[];
}

/**
 * Opens an agent's sandbox: the view of the commit and the scratch of the run, both made when they are not there. Close it.
 * Errors: no engine, no image; `sandbox/bad-file-name`; those of git.
 */
export async function openSandbox(asked: SandboxAsked): Promise<Sandbox> {
  const { authority, env, stateDir, run, signal } = asked;
  const engine = await openEngine(authority.config, env);
  const images = new Map<SandboxRunner, Promise<string>>();
  const image = (runner: SandboxRunner): Promise<string> => {
    const known = images.get(runner) ?? requireImage(engine, runner, runnerPlaces(authority.workspace.root)).then(({ id }) => id);
    images.set(runner, known);
    return known;
  };
  const scope = scopeOf(stateDir);
  const given = givenFiles(asked.files ?? []);
  const { files: restored, missing } = restoredFiles(stateDir, asked.restore ?? [], given);
  const files = [...given, ...restored];
  const content = (): VolumeContent => ({ uid, folders: [inputFolder], files });
  const [view, filler] = await Promise.all([agentView(authority, asked.agent), image("shell")]);
  const swept = sweep(engine, stateDir);
  const openView = (): Promise<string> =>
    ensureVolume(engine, { kind: "view", scope, key: view.digest, image: filler, content: () => viewContent(authority, view) }, signal).then(
      ({ volume }) => volume,
    );
  const [viewVolume, scratch] = await Promise.all([openView(), ensureVolume(engine, { ...scratchKey(stateDir, run), image: filler, content }, signal)]);
  const { limits, scratch: scratchLimits } = authority.config.values;
  const jobs = new SandboxJobs({
    engine,
    image,
    openView,
    volumes: { view: viewVolume, scratch: scratch.volume },
    labels: { run, scope },
    limits,
    scratchLimits,
    stateDir,
    state: scratch.made && files.length === 0 ? emptyScratch : undefined,
  });
  return {
    volume: scratch.volume,
    view,
    missing: scratch.made ? missing : [],
    run: (job, stop) => jobs.run(job, stop),
    tool: (request, options, stop) => jobs.tool(request, options, stop),
    residence: (runner) => jobs.residence(runner),
    writing: (work, stop) => jobs.writing(work, stop),
    async close() {
      await swept;
      await jobsSettled(engine);
    },
  };
}

/** How long its last containers may take to go. */
const removalLimitMs = 10_000;

/** Removes the scratch of a run that is over for good; none is no error. False when a container still uses it: then a sweep takes it. */
export async function removeScratch({ authority, env, stateDir, run }: Pick<SandboxAsked, "authority" | "env" | "stateDir" | "run">): Promise<boolean> {
  const engine = await openEngine(authority.config, env);
  const deadlineMs = systemClock.monotonicMs() + removalLimitMs;
  while (!(await removeVolume(engine, scratchKey(stateDir, run)))) {
    if (systemClock.monotonicMs() > deadlineMs) return false;
    await wait(50);
  }
  return true;
}

function scratchKey(stateDir: string, run: string): VolumeKey {
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(run)) throw new AgentctlError("sandbox/bad-run", `${JSON.stringify(run)} is not a run`, { exit: "usage" });
  return { kind: "scratch", scope: scopeOf(stateDir), key: run };
}

/** What earlier processes left: their containers, and volumes that nobody needs. It must not keep work from starting. */
async function sweep(engine: Engine, stateDir: string): Promise<void> {
  const known = knownRuns(stateDir);
  await Promise.allSettled([sweepOrphans(engine), sweepVolumes(engine, { scope: scopeOf(stateDir), isKnown: (run) => known.has(run), elsewhere: true })]);
}

function knownRuns(stateDir: string): Set<string> {
  const ledger = openLedger(stateDir);
  try {
    return new Set(listRuns(ledger).map(({ run }) => run));
  } finally {
    ledger.close();
  }
}
