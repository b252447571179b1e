import { systemClock } from "../base/clock.ts";
import { newId } from "../base/ids.ts";
import type { SkillFinished } from "../event/skill-events.ts";
import type { JobLimits, JobResult } from "../runner/job.ts";
import { requireImage } from "../runner/images.ts";
import { jobsSettled } from "../runner/job-engine.ts";
import { needsOf } from "../runner/run-job.ts";
import { backstopMs, startSlot } from "../runner/slot.ts";
import { sweepBeside } from "../runner/sweep.ts";
import { blobPath, writeBlob } from "../trace/blobs.ts";
import { otherLane } from "./claim-lane.ts";
import { requireGoing, type OpenRun } from "./in-run.ts";
import type { Authority } from "./load-authority.ts";
import { startEgress, type GrantedHost, type NetRequest } from "./open-egress.ts";
import { openEngine } from "./open-engine.ts";
import { runnerPlaces } from "./open-runners.ts";
import { scopeOf } from "./scope.ts";
import type { SkillInputs } from "./skill-input.ts";
import { runnable, skillFiles } from "./skill-job.ts";
import { enterSkillLane, noteSkillOutput } from "./skill-lane.ts";
import { skillFinished, skillStarted } from "./skill-records.ts";
import { readSkillResult } from "./skill-result.ts";
import type { UsableSkill } from "./usable-skill.ts";

export interface SkillCall {
  open: OpenRun;
  /** The run with all its parts; default `open.run`. */
  root?: string;
  authority: Authority;
  env: NodeJS.ProcessEnv;
  found: UsableSkill;
  /** Id of the decision that allowed it. */
  decision: string;
  limits: JobLimits;
  inputs: SkillInputs;
  /** Which policy has allowed; none: it has no network. */
  hosts?: readonly GrantedHost[];
  onLog?: ((text: string) => void) | undefined;
}

export interface SkillCallResult {
  outcome: SkillFinished["outcome"];
  exitCode: number | undefined;
  output: unknown;
  stderr: string;
  detail: string | undefined;
  /** `file` is where its bytes are kept. */
  artifacts: { path: string; sha256: string; bytes: number; file: string }[];
  refused: { path: string; why: string }[];
  /** Where it could get out to, `host:port`; none: it had no network. */
  hosts: string[];
  /** What left its container, or wanted to. */
  requests: readonly NetRequest[];
  durationMs: number;
  /** Image id. */
  image: string;
  limits: JobLimits;
}

/** Of the way out beyond the job: its container may start later. */
const egressSlackMs = 60_000;
/** Time beyond the job's own, after which a container counts as forgotten. */
const forgottenAfterMs = 120_000;

/**
 * One call of a skill that policy has allowed: the container starts while the intent is written; the job enters it only when the intent is on disk.
 * Errors: no engine, no image, `sidecar/other-lane` (exit denied), and when work has to stop (`open.stop`) that error, after the call's end is on record.
 */
export async function callSkill(asked: SkillCall): Promise<SkillCallResult> {
  const { open, found, limits, inputs, hosts = [] } = asked;
  const lane = { open, authority: asked.authority, root: asked.root ?? open.run };
  const entered = await enterSkillLane(lane, found, inputs.given);
  if (!entered.ok) throw otherLane(entered.why);
  const { runner, command } = runnable(found.skill);
  const engine = await openEngine(asked.authority.config, asked.env);
  const { id: image } = await requireImage(engine, runner, runnerPlaces(asked.authority.workspace.root));
  const swept = sweepBeside(engine);
  const call = newId("c");
  const { authority, env } = asked;
  const timeoutMs = limits.timeoutMs + egressSlackMs;
  const way = hosts.length === 0 ? undefined : await startEgress({ authority, env, open, key: call, hosts, timeoutMs });
  const spec = { image, limits, run: open.run, scope: scopeOf(open.stateDir), ...(way !== undefined && { network: way.network }) };
  const slot = startSlot(engine, needsOf(spec, systemClock.nowMs() + timeoutMs + backstopMs + forgottenAfterMs));
  try {
    const asIntended = { call, decision: asked.decision, runner, image, command, input: inputs.input, files: inputs.given, limits: { ...limits } };
    await open.recorder.append("skill.started", skillStarted(found, asIntended));
    const egress = await way?.opened;
    requireGoing(open);
    const input = JSON.stringify(inputs.input);
    const job = await slot.run(
      {
        command,
        cwd: "/work/skill",
        files: skillFiles(found.files, input, inputs.files),
        stdin: input,
        limits,
        ...(egress !== undefined && { env: egress.env }),
      },
      { signal: open.stop, onStderr: asked.onLog && textOf(asked.onLog) },
    );
    const result = { ...keep(asked, job, image), hosts: hosts.map(({ host, port }) => `${host}:${port}`), requests: (await egress?.close()) ?? [] };
    const { outcome, output, stderr, refused } = result;
    noteSkillOutput(lane, job, output);
    const artifacts = result.artifacts.map(({ path, sha256, bytes }) => ({ path, sha256, bytes }));
    await open.recorder.append("skill.finished", skillFinished(found, job, { call, outcome, output, stderr, artifacts, refused }));
    open.stop.throwIfAborted();
    return result;
  } finally {
    await Promise.allSettled([slot.discard(), swept, way?.close()]);
    await jobsSettled(engine);
  }
}

/** Bytes come in pieces that may end within a character; what never becomes one shows as U+FFFD when more follows. */
function textOf(log: (text: string) => void): (data: Uint8Array) => void {
  const decoder = new TextDecoder();
  return (data) => log(decoder.decode(data, { stream: true }));
}

/** Artifacts are kept by digest before the record names them. */
function keep({ open, found, limits }: SkillCall, job: JobResult, image: string): Omit<SkillCallResult, "hosts" | "requests"> {
  const artifacts = job.artifacts.map(({ path, data }) => {
    const kept = writeBlob(open.stateDir, data);
    return { path, ...kept, file: blobPath(open.stateDir, kept.sha256) };
  });
  const { outcome, output, stderr, detail } = open.mask(readSkillResult(found.skill, job));
  return { outcome, exitCode: job.exitCode, output, stderr, detail, artifacts, refused: job.refused, durationMs: Math.round(job.durationMs), image, limits };
}
