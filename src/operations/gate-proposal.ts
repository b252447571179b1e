import { canonicalJson } from "../base/canonical-json.ts";
import { systemClock } from "../base/clock.ts";
import { AgentctlError, messageOf } from "../base/errors.ts";
import { armWhenNew } from "../ledger/halt.ts";
import type { Decision } from "../policy/request.ts";
import { boundResult, reportDigest, type GateName, type GateReport, type GateResult } from "../proposal/gate-report.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { writeBlob } from "../trace/blobs.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { decidedAction, type DecidedRun } from "./decided-action.ts";
import { findProposal } from "./find-proposal.ts";
import { openGateTrees } from "./gate-tree.ts";
import { allGates } from "./gates/all.ts";
import type { Gate, GateContext } from "./gates/gate.ts";
import { requireGoing, type OpenRun } from "./in-run.ts";
import { loadAuthority, type Authority } from "./load-authority.ts";
import { personName } from "./person.ts";
import { riskAt } from "./proposal-needs.ts";

export interface GateProgress {
  onStart?(gate: GateName): void;
  onResult?(result: GateResult, durationMs: number): void;
}

export interface GateProposalAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  proposal: string;
  onDecision?: ((run: string, decision: Decision) => void) | undefined;
  progress?: GateProgress | undefined;
}

export interface GateProposalResult extends Omit<DecidedRun<never>, "value"> {
  proposal: string;
  passed: boolean;
  /** Undefined when policy or a budget did not let them start. */
  report?: GateReport | undefined;
  /** Of the report. */
  digest?: string | undefined;
}

/** What a budget has to bear: a strategy alone may take 15 minutes. */
const gatesTimeoutMs = 1_800_000;

/**
 * Asks every gate about a proposal's exact commit and keeps the report. The protected branch's commit judges: its policies, its configuration, its images; nothing
 * of the change judges itself. A gate that could not be asked has failed. What stops the run stops it without a report. Errors: those of `findProposal` and of an
 * interrupt or a halt.
 */
export async function gateProposal(asked: GateProposalAsked): Promise<GateProposalResult> {
  const authority = await loadAuthority(asked.cwd, asked.env);
  const stateDir = ensureStateDir(authority.workspace);
  armWhenNew(stateDir);
  const proposal = await findProposal(authority.repository, asked.proposal);
  const { value, ...ended } = await decidedAction(
    { authority, stateDir },
    {
      command: `proposal gate ${proposal.id}`,
      request: { action: "proposal.open", class: "W", actor: { kind: "person", name: personName() }, args: { proposal: proposal.id, gate: true } },
      amounts: { wallMs: gatesTimeoutMs },
      env: asked.env,
      onDecision: asked.onDecision,
    },
    async (open) => ({ outcome: "ok", value: await judged(open, { authority, proposal, env: asked.env, progress: asked.progress ?? {} }) }),
  );
  return { ...ended, proposal: proposal.id, passed: value?.passed === true, report: value?.report, digest: value?.digest };
}

interface Judging {
  authority: Authority;
  proposal: Proposal;
  env: NodeJS.ProcessEnv;
  progress: GateProgress;
}

async function judged(open: OpenRun, { authority, proposal, env, progress }: Judging): Promise<{ passed: boolean; report: GateReport; digest: string }> {
  const startedMs = systemClock.monotonicMs();
  const { repository, commit } = authority;
  const { kinds } = await riskAt(repository, proposal);
  const trees = await openGateTrees({ authority, stateDir: open.stateDir, env }, proposal);
  try {
    const context: GateContext = { authority, proposal, kinds, open, stateDir: open.stateDir, env, ...trees, signal: open.stop };
    const folders = [trees.head.cwd, trees.base.cwd];
    const gates: GateResult[] = [];
    const durations: number[] = [];
    for (const gate of allGates) {
      requireGoing(open);
      progress.onStart?.(gate.name);
      const beganMs = systemClock.monotonicMs();
      const result = withoutPlaces(open.mask(boundResult({ gate: gate.name, ...(await answerOf(gate, context)) })), folders);
      durations.push(Math.round(systemClock.monotonicMs() - beganMs));
      gates.push(result);
      progress.onResult?.(result, durations.at(-1) ?? 0);
    }
    const { id, head, base, tree } = proposal;
    const repositoryName = (await repository.firstCommit()) ?? "";
    const report: GateReport = { type: "agentctl-gates-v1", repository: repositoryName, proposal: id, head, base, tree, policy: commit, gates };
    const digest = reportDigest(report);
    const passed = gates.every(({ verdict }) => verdict !== "failed");
    requireGoing(open);
    writeBlob(open.stateDir, canonicalJson(report));
    await open.recorder.append("proposal.gated", {
      proposal: id,
      head,
      base,
      tree,
      passed,
      digest,
      report: digest,
      gates: gates.map(({ gate, verdict, summary, findings }, index) => ({
        gate,
        verdict,
        summary,
        findings: findings.length,
        durationMs: durations[index] ?? 0,
      })),
      durationMs: Math.round(systemClock.monotonicMs() - startedMs),
    });
    return { passed, report, digest };
  } finally {
    trees.close();
  }
}

/** Whatever goes wrong in a gate is a gate that failed; only what stops the run is thrown on. */
async function answerOf(gate: Gate, context: GateContext): Promise<Omit<GateResult, "gate">> {
  try {
    return await gate.judge(context);
  } catch (thrown) {
    context.signal.throwIfAborted();
    if (thrown instanceof AgentctlError && (thrown.exit === "halted" || thrown.exit === "interrupted")) throw thrown;
    const message = messageOf(thrown).split("\n")[0] ?? "";
    const hint = thrown instanceof AgentctlError ? thrown.hint : undefined;
    const rule = thrown instanceof AgentctlError ? thrown.code : "gate/not-asked";
    return { verdict: "failed", summary: `could not be asked: ${message}`, findings: [{ rule, level: "error", message, ...(hint && { hint }) }], evidence: {} };
  }
}

/** The folders that trees lie in have other names every time, and say nothing. */
function withoutPlaces(result: GateResult, folders: readonly string[]): GateResult {
  const scrubbed = (value: unknown): unknown => {
    if (typeof value === "string") return folders.reduce((text, folder) => text.replaceAll(`${folder}/`, "").replaceAll(folder, "."), value);
    if (Array.isArray(value)) return value.map(scrubbed);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).flatMap(([name, member]) => (member === undefined ? [] : [[name, scrubbed(member)]])));
  };
  return scrubbed(result) as GateResult;
}
