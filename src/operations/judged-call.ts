import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import { AgentctlError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import type { DecisionMade } from "../event/decision-made.ts";
import { decide } from "../policy/decide.ts";
import type { JobFile } from "../runner/job.ts";
import { requireImage } from "../runner/images.ts";
import { jobsSettled } from "../runner/job-engine.ts";
import { openPool, type Pool } from "../runner/pool.ts";
import { listFiles, skillDigest } from "../skill/digest.ts";
import { lockPath, readLock } from "../skill/lock.ts";
import { readSkill } from "../skill/read.ts";
import { trustOf } from "../skill/trust.ts";
import { skillAction } from "./decided-run.ts";
import { requireGoing, type OpenRun } from "./in-run.ts";
import type { Authority } from "./load-authority.ts";
import { openEngine } from "./open-engine.ts";
import { runnerPlaces } from "./open-runners.ts";
import { personName } from "./person.ts";
import { scopeOf } from "./scope.ts";
import { fitInput } from "./skill-input.ts";
import { runnable, skillFiles, skillLimits } from "./skill-job.ts";
import { skillFinished, skillStarted } from "./skill-records.ts";
import { readSkillResult } from "./skill-result.ts";
import type { UsableSkill } from "./usable-skill.ts";

export interface JudgedCall {
  input: unknown;
  /** Below files/ in its job. */
  files: readonly JobFile[];
}

export interface JudgedAnswer {
  outcome: string;
  output: unknown;
  artifacts: readonly string[];
  /** Over output and artifacts: what makes two answers the same. */
  digest: string;
  durationMs: number;
}

/** A skill that is judged: ready to be called, or why not. */
export interface JudgedSkill {
  found: UsableSkill;
  call(asked: JudgedCall): Promise<JudgedAnswer>;
  /** Waits until its containers are gone. */
  close(): Promise<void>;
}

/** A call that is judged takes no longer, whatever the skill asks for. */
const callTimeoutMsMax = 120_000;

/** The skill of a commit, by the lock of the authority's; undefined where the commit has none by this name, or one that cannot be read. */
export async function skillOfCommit(authority: Authority, commit: string, name: string): Promise<{ found?: UsableSkill; there: boolean }> {
  const folder = `skills/${name}`;
  const entries = await authority.repository.listTree(commit, folder);
  if (entries.length === 0) return { there: false };
  if (entries.some(({ mode }) => mode !== "100644" && mode !== "100755")) return { there: true };
  const files = (await authority.repository.readTree(commit, folder)).map(({ path, data }) => ({ path: path.slice(folder.length + 1), data }));
  const data = await authority.repository.readPath(authority.commit, lockPath);
  const { lock } = readLock(data === undefined ? undefined : { path: lockPath, text: Buffer.from(data).toString("utf8") });
  const entry = lock?.get(name);
  const mode = entry === undefined ? "strict" : "lenient";
  const { skill, findings } = readSkill(folder, files, mode);
  if (skill === undefined) return { there: true };
  const digest = skillDigest(listFiles(files));
  const trust = trustOf({ name, digest, protectedLock: lock, workingLock: lock });
  return { there: true, found: { name, origin: "workspace", folder, path: folder, lock: entry, mode, trust, digest, files, skill, findings } };
}

/**
 * A skill that is called to judge it: decided once by policy as a run of class R, in its container, without network. Names, digests and ends are recorded;
 * what goes in and comes out is not, and nothing of it is kept. Errors: `evaluation/denied` (exit denied), no engine, no image, `skill/not-runnable`.
 */
export async function openJudgedSkill(
  { open, authority, env, purpose }: { open: OpenRun; authority: Authority; env: NodeJS.ProcessEnv; purpose: "evaluation" | "replay" },
  found: UsableSkill,
): Promise<JudgedSkill> {
  const { runner, command } = runnable(found.skill);
  const own = skillLimits(found.skill, found.trust, authority.config.values.limits);
  const limits = { ...own, timeoutMs: Math.min(own.timeoutMs, callTimeoutMsMax) };
  const action = await skillAction(authority, found, { class: "R", runner, limits, args: { purpose } });
  const decision = decide({ ...action, actor: { kind: "person", name: personName() } }, authority.set, { id: newId("d"), commit: authority.commit });
  await open.recorder.append("decision.made", decision as DecisionMade);
  if (decision.effect !== "allow")
    throw new AgentctlError("evaluation/denied", `policy does not let ${found.name} run: ${decision.reason}`, { exit: "denied" });
  const engine = await openEngine(authority.config, env);
  const { id: image } = await requireImage(engine, runner, runnerPlaces(authority.workspace.root));
  const labels = { image, limits, run: open.run, scope: scopeOf(open.stateDir) };
  let pool: Pool | undefined;
  return {
    found,
    async close() {
      await pool?.close();
      await jobsSettled(engine);
    },
    async call({ input, files }) {
      const fitting = fits(found, input);
      if (!fitting) return answer("bad-input", undefined, [], 0);
      const call = newId("c");
      const intent = { call, decision: decision.id, runner, image, command, input: null, limits: { ...limits }, purpose };
      await open.recorder.append("skill.started", skillStarted(found, intent));
      requireGoing(open);
      const text = JSON.stringify(input);
      const spec = { ...labels, command, cwd: "/work/skill", files: skillFiles(found.files, text, files), stdin: text };
      // The next one's container starts meanwhile; none is used twice.
      pool ??= openPool(engine, { ...labels, size: 1 });
      const job = await pool.run(spec, { signal: open.stop, confirm: true });
      const { outcome, output } = readSkillResult(found.skill, job);
      await open.recorder.append("skill.finished", skillFinished(found, job, { call, outcome, artifacts: [] }));
      open.stop.throwIfAborted();
      return answer(outcome, output, job.artifacts, job.durationMs);
    },
  };
}

function fits({ skill }: UsableSkill, input: unknown): boolean {
  try {
    fitInput(skill, input, []);
    return true;
  } catch (thrown) {
    if (thrown instanceof AgentctlError) return false;
    throw thrown;
  }
}

function answer(outcome: string, output: unknown, artifacts: readonly { path: string; data: Uint8Array }[], durationMs: number): JudgedAnswer {
  const kept = artifacts.map(({ path, data }) => [path, sha256(data)]);
  return { outcome, output, artifacts: artifacts.map(({ path }) => path), digest: sha256(canonicalJson([outcome, output ?? null, kept])), durationMs };
}
