import { sha256 } from "../base/digest.ts";
import { AgentctlError } from "../base/errors.ts";
import type { ProposalDrafted } from "../event/agent-events.ts";
import type { EventRecord } from "../event/events.ts";
import { touchesMore } from "../proposal/opportunity.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { blobPath, withBodies } from "../trace/blobs.ts";
import { readJournal } from "../trace/read-journal.ts";
import type { RunOutcome } from "./in-run.ts";
import type { Judged } from "./improve-choice.ts";
import { causeEvidence } from "./improve-known.ts";
import { objectiveOf } from "./improve-objective.ts";
import type { ProposedContent } from "./open-proposal.ts";
import { proposeContents } from "./propose-contents.ts";
import { runParts } from "./run-parts.ts";
import type { AgentRunResult, RunWatch } from "./start-run.ts";

/** Of one run; more are left as drafts. */
const draftsMax = 3;

export interface DraftAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  stateDir: string;
  /** The run that analysed. */
  improve: string;
  judged: Judged;
  /** The run that is to draft it, or that has. */
  run: string;
  agent: string;
  model?: string | undefined;
  record?: string | undefined;
  /** SHA-256 of the analysis. */
  analysis: string;
  watch: RunWatch;
}

/** A draft that became a branch, or why it did not. */
export interface ImproveProposal {
  proposal: string;
  title: string;
  outcome: "proposed" | "known" | "refused" | "denied" | "waiting" | "budget";
  why?: string | undefined;
  opened?: Proposal | undefined;
  /** Paths outside what it is about. */
  touchesMore: string[];
}

export interface ImproveDraft {
  opportunity: string;
  /** The run of the agent. */
  run: string;
  outcome: RunOutcome;
  why?: string | undefined;
  /** Approvals. */
  waitsFor: readonly string[];
  proposals: ImproveProposal[];
}

/**
 * Lets the agent draft a change for a cause, and makes branches of what it drafted. An agent that waits, fails or reaches a limit is a result: its drafts stay
 * drafts. One run's draft that was never proposed (a crash came between) is proposed without asking a model again, and a run that was killed goes on where it was.
 */
export async function draftImprovement(asked: DraftAsked): Promise<ImproveDraft> {
  const { judged, run } = asked;
  const opportunity = judged.opportunity.id;
  if (judged.ready === undefined) {
    const { outcome, end } = await askAgent(asked);
    if (outcome !== "ok") return { opportunity, run, outcome, why: end?.why, waitsFor: end?.waitsFor ?? [], proposals: [] };
  }
  const drafts = await draftsOf(asked.stateDir, run);
  const proposals: ImproveProposal[] = [];
  // One is about the cause: the first that keeps to it. What else the agent thought of (a note to remember) stands for itself.
  const about = drafts.find(({ files }) => moreOf(judged, files).length === 0) ?? drafts[0];
  for (const draft of drafts.slice(0, draftsMax)) proposals.push(await proposeDraft(asked, draft, draft === about));
  const why = drafts.length === 0 ? "the agent ended without a draft" : undefined;
  return { opportunity, run, outcome: drafts.length === 0 ? "failed" : outcomeOf(proposals), why, waitsFor: [], proposals };
}

async function askAgent({ cwd, env, judged, run, agent, model, record, watch }: DraftAsked): Promise<Pick<AgentRunResult, "outcome" | "end">> {
  if (run === judged.resume) {
    const { resumeRun } = await import("./resume-run.ts");
    return resumeRun({ ...watch, cwd, env, run, record });
  }
  const { startRun } = await import("./start-run.ts");
  const result = await startRun({ ...watch, cwd, env, objective: objectiveOf(judged), agent, model, record, run });
  if (result.kind === "agent") return result;
  throw new AgentctlError("improve/no-agent", `the objective went to the skill ${result.skill.skill}`, { hint: "agentctl improve --agent code" });
}

function moreOf({ opportunity }: Judged, files: ProposalDrafted["files"]): string[] {
  return touchesMore(
    opportunity,
    files.map(({ path }) => path),
  );
}

/** The worst of them, so that a command's exit tells it. */
function outcomeOf(proposals: readonly ImproveProposal[]): RunOutcome {
  const is = (outcome: ImproveProposal["outcome"]): boolean => proposals.some((each) => each.outcome === outcome);
  if (is("proposed") || is("known")) return "ok";
  return is("denied") ? "denied" : is("budget") ? "budget" : is("waiting") ? "waiting" : "failed";
}

/** Everything that a run drafted, of all its parts, as its verified journal has it. */
async function draftsOf(stateDir: string, run: string): Promise<ProposalDrafted[]> {
  const drafts = new Map<string, ProposalDrafted>();
  for (const file of runParts(stateDir, run).files) {
    for await (const record of readJournal(file)) {
      if (record.kind !== "proposal.drafted") continue;
      const data = withBodies(stateDir, (record as EventRecord<"proposal.drafted">).data);
      drafts.set(data.proposal, data);
    }
  }
  return [...drafts.values()];
}

async function proposeDraft(asked: DraftAsked, draft: ProposalDrafted, about: boolean): Promise<ImproveProposal> {
  const { cwd, env, stateDir, improve, judged, run, analysis, watch } = asked;
  const { opportunity, regressionOf } = judged;
  const { proposal, title, rationale, agent, files } = draft;
  const more = moreOf(judged, files);
  const known: ImproveProposal = { proposal, title, outcome: "known", touchesMore: more };
  const { contents, missing } = await contentsOf(stateDir, files);
  if (missing !== undefined) return { ...known, outcome: "refused", why: `the file ${missing} of its draft is not what it was: agentctl audit verify` };
  const evidence = [
    ...opportunity.runs,
    `question ${opportunity.question}`,
    ...(about ? [causeEvidence(opportunity.signature)] : []),
    `analysis ${analysis}`,
    ...(regressionOf === undefined ? [] : [`came back after ${regressionOf}`]),
    ...(more.length === 0 ? [] : [`touches more than asked: ${more.slice(0, 5).join(", ")}${more.length > 5 ? ` and ${more.length - 5} more` : ""}`]),
  ];
  try {
    const opened = await proposeContents({
      cwd,
      env,
      command: `improve ${proposal}`,
      id: proposal,
      title,
      rationale,
      contents,
      proposer: { kind: "agent", name: agent },
      triggeredBy: `improve ${improve}`,
      run,
      evidence,
      signature: about ? opportunity.signature : undefined,
      onDecision: watch.onDecision,
    });
    if (opened.already === true) return { ...known, why: "it is a branch already" };
    if (opened.proposal !== undefined) return { ...known, outcome: "proposed", opened: opened.proposal };
    const { outcome, decision } = opened;
    return { ...known, outcome: outcome === "waiting" || outcome === "budget" ? outcome : "denied", why: decision.reason };
  } catch (thrown) {
    // What a draft can be refused for is the draft's fault; anything else is not.
    if (thrown instanceof AgentctlError && (thrown.exit === "usage" || thrown.exit === "findings" || thrown.exit === "denied"))
      return { ...known, outcome: "refused", why: thrown.message };
    throw thrown;
  }
}

/** The bytes of a draft, each checked by its digest. */
async function contentsOf(stateDir: string, files: ProposalDrafted["files"]): Promise<{ contents: ProposedContent[]; missing?: string }> {
  const { readFile } = await import("node:fs/promises");
  const contents: ProposedContent[] = [];
  for (const { path, sha256: digest, removed } of files) {
    if (removed === true) {
      contents.push({ path, data: undefined });
      continue;
    }
    const data = /^[0-9a-f]{64}$/.test(digest ?? "") ? await readFile(blobPath(stateDir, digest ?? "")).catch(() => undefined) : undefined;
    if (data === undefined || sha256(data) !== digest) return { contents, missing: path };
    contents.push({ path, data });
  }
  return { contents };
}
