import { AgentctlError } from "../base/errors.ts";
import type { CaseVerdict } from "../evaluation/judge.ts";
import { armWhenNew } from "../ledger/halt.ts";
import type { Decision } from "../policy/request.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { askEvaluation } from "./ask-evaluation.ts";
import { decidedAction, type DecidedRun } from "./decided-action.ts";
import { requireEvaluation, workingEvaluations } from "./evaluation-shelf.ts";
import { sideOfCommit, sideOfDisk } from "./evaluation-side.ts";
import { loadAuthority } from "./load-authority.ts";
import { personName } from "./person.ts";

export interface RunEvaluationAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  name: string;
  /** The target as it is in this commit, branch or tag; as it lies on disk when not given. */
  at?: string | undefined;
  onDecision?: ((run: string, decision: Decision) => void) | undefined;
}

export interface RunEvaluationResult extends Omit<DecidedRun<never>, "value"> {
  evaluation: string;
  digest: string;
  target: { kind: string; name: string };
  at: string | null;
  passed: boolean;
  /** Undefined when it did not start. */
  cases?: CaseVerdict[] | undefined;
}

/** What a budget has to bear. */
const timeoutMs = 600_000;

/**
 * Asks one evaluation on disk about its target, as one run of a person: decided as `evaluation.run`, and what it starts by itself. The record has names,
 * digests and ends, and no inputs. Errors (exit usage): `evaluation/unknown`, `evaluation/broken`, `evaluation/no-target`, `evaluation/bad-ref`.
 */
export async function runEvaluation(asked: RunEvaluationAsked): Promise<RunEvaluationResult> {
  const { cwd, env, name, at, onDecision } = asked;
  const authority = await loadAuthority(cwd, env);
  const stateDir = ensureStateDir(authority.workspace);
  armWhenNew(stateDir);
  const evaluation = requireEvaluation(await workingEvaluations(authority.workspace.root), name);
  const { digest, target } = evaluation;
  const commit = at === undefined ? undefined : await authority.repository.resolve(at);
  if (at !== undefined && commit === undefined)
    throw new AgentctlError("evaluation/bad-ref", `${JSON.stringify(at.slice(0, 80))} names no commit`, { exit: "usage" });
  const side = commit === undefined ? sideOfDisk(authority, { cwd, env }) : sideOfCommit(authority, commit);
  const { value, ...ended } = await decidedAction<CaseVerdict[]>(
    { authority, stateDir },
    {
      command: `evaluation run ${name}`,
      request: {
        action: "evaluation.run",
        class: "R",
        actor: { kind: "person", name: personName() },
        args: { evaluation: name, digest, target: `${target.kind} ${target.name}`, ...(commit !== undefined && { commit }) },
      },
      amounts: { wallMs: timeoutMs },
      env,
      onDecision,
    },
    async (open) => {
      const cases = await askEvaluation(evaluation, side, { open, authority, env });
      if (cases === undefined)
        throw new AgentctlError("evaluation/no-target", `there is no ${target.kind} ${target.name}`, { hint: `agentctl ${target.kind}`, exit: "usage" });
      return { outcome: cases.every(({ passed }) => passed) ? "ok" : "failed", value: cases };
    },
  );
  return { ...ended, evaluation: name, digest, target, at: commit ?? null, passed: value?.every(({ passed }) => passed) === true, cases: value };
}
