import { isoTime, systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import type { ImproveAnalysed } from "../event/proposal-events.ts";
import { armWhenNew } from "../ledger/halt.ts";
import { withLease } from "../ledger/leases.ts";
import { openLedger } from "../ledger/ledger.ts";
import { proposalRows } from "../ledger/proposals.ts";
import type { Decision } from "../policy/request.ts";
import { opportunitiesOf } from "../proposal/opportunity.ts";
import { blobPath, writeBlob } from "../trace/blobs.ts";
import { askOwn } from "../trace/own-question.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { requireAgent } from "./agent-shelf.ts";
import { decidedAction, type DecidedRun } from "./decided-action.ts";
import type { GateProgress, GateProposalResult } from "./gate-proposal.ts";
import { aboutOf, analysisText, type Answered } from "./improve-analysis.ts";
import { choose, type Judged, type OpportunityState } from "./improve-choice.ts";
import { draftImprovement, type ImproveDraft } from "./improve-draft.ts";
import { committedOpenMax, draftsQuestion, knownCauses, roomsAt, skillDigests } from "./improve-known.ts";
import { questions } from "./improve-questions.ts";
import type { OpenRun, RunOutcome } from "./in-run.ts";
import { loadAuthority, type Authority } from "./load-authority.ts";
import { personName } from "./person.ts";
import type { RunWatch } from "./start-run.ts";

export interface ImproveAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** RFC 3339. */
  since: string;
  /** Drafts, at most. */
  limit: number;
  agent: string;
  model?: string | undefined;
  record?: string | undefined;
  dryRun?: boolean | undefined;
  gate?: boolean | undefined;
  /** What whoever asked wants to see of one agent's work. */
  watch: () => { watch: RunWatch; shown: { close(): Promise<void> } };
  progress?: ImproveProgress | undefined;
}

export interface ImproveProgress {
  onDecision?(run: string, decision: Decision): void;
  onQuestion?(question: string, rows: number): void;
  onAnalysed?(result: Analysis): Promise<void> | void;
  onDraft?(judged: Judged, run: string): void;
  onProposed?(draft: ImproveDraft): void;
  /** Before a proposal's gates are asked. */
  onGate?(proposal: string): GateProgress;
}

export interface AnalysedOpportunity {
  opportunity: string;
  kind: string;
  about: string;
  count: number;
  signature: string;
  cause: string;
  runs: string[];
  state: OpportunityState;
  why: string;
}

/** What the record says. */
export interface Analysis {
  since: string;
  until: string;
  questions: { question: string; asks: string; sql: string; rows: number }[];
  opportunities: AnalysedOpportunity[];
  /** The Markdown page. */
  analysis: { sha256: string; file: string; text: string };
}

export interface ImproveResult extends Partial<Analysis> {
  run: string;
  outcome: RunOutcome;
  decision: Decision;
  drafts: (ImproveDraft & { gates: Pick<GateProposalResult, "proposal" | "passed" | "digest" | "run">[] })[];
}

/** Asking the record takes seconds; more is a fault. */
const analysisMs = 120_000;
/** Causes in one record; the page has more. */
const recordedMax = 200;

/**
 * Asks the record what could be better, and lets an agent draft changes for the worst of it, as proposals that people look at. How it ended is a value; a cause
 * that somebody has seen to is not drafted again. Errors: `improve/busy`, `agent/unknown` (usage), ledger/halted, those of a query.
 */
export async function improve(asked: ImproveAsked): Promise<ImproveResult> {
  const authority = await loadAuthority(asked.cwd, asked.env);
  const stateDir = ensureStateDir(authority.workspace);
  armWhenNew(stateDir);
  if (asked.dryRun !== true) await requireAgent(authority, asked.agent);
  const ledger = openLedger(stateDir);
  try {
    const result = await withLease(ledger, "improve", () => withinLease(asked, authority, stateDir));
    if (result !== undefined) return result;
    throw new AgentctlError("improve/busy", "another improve is at work on this record", { hint: "agentctl run     then try again" });
  } finally {
    ledger.close();
  }
}

async function withinLease(asked: ImproveAsked, authority: Authority, stateDir: string): Promise<ImproveResult> {
  const { value, run, decision, outcome } = await analysed(asked, authority, stateDir);
  if (value === undefined) return { run, decision, outcome, drafts: [] };
  const { chosen, ...analysis } = value;
  await asked.progress?.onAnalysed?.(analysis);
  const drafts: ImproveResult["drafts"] = [];
  for (const { judged, drafts: draftRun } of asked.dryRun === true ? [] : chosen) {
    asked.progress?.onDraft?.(judged, draftRun);
    const { cwd, env, agent, model, record } = asked;
    const { watch, shown } = asked.watch();
    const sha256 = analysis.analysis.sha256;
    const draft = await draftImprovement({ cwd, env, stateDir, improve: run, judged, run: draftRun, agent, model, record, analysis: sha256, watch }).finally(
      () => shown.close(),
    );
    asked.progress?.onProposed?.(draft);
    drafts.push({ ...draft, gates: asked.gate === true ? await gated(asked, draft) : [] });
  }
  return { run, decision, outcome: endOf(drafts), ...analysis, drafts };
}

/** What did not go well tells more than what did; one that waits is not stuck. */
function endOf(drafts: readonly ImproveDraft[]): RunOutcome {
  const order: readonly RunOutcome[] = ["halted", "interrupted", "denied", "budget", "timeout", "waiting", "failed"];
  return order.find((outcome) => drafts.some((draft) => draft.outcome === outcome)) ?? "ok";
}

async function gated({ cwd, env, progress }: ImproveAsked, { proposals }: ImproveDraft): Promise<ImproveResult["drafts"][number]["gates"]> {
  const { gateProposal } = await import("./gate-proposal.ts");
  const gates = [];
  for (const { proposal, opened } of proposals) {
    if (opened === undefined) continue;
    const { passed, digest, run } = await gateProposal({ cwd, env, proposal, onDecision: progress?.onDecision, progress: progress?.onGate?.(proposal) });
    gates.push({ proposal, passed, digest, run });
  }
  return gates;
}

interface Chosen {
  judged: Judged;
  /** The run that drafts it. */
  drafts: string;
}

/** A run of its own: the questions, the page, and what was chosen, on record before anything is drafted. */
function analysed(asked: ImproveAsked, authority: Authority, stateDir: string): Promise<DecidedRun<Analysis & { chosen: Chosen[] }>> {
  const args = { improve: true, since: asked.since, questions: questions.map(({ id }) => id) };
  return decidedAction(
    { authority, stateDir },
    {
      command: "improve",
      request: { action: "query.run", class: "R", actor: { kind: "person", name: personName() }, args },
      amounts: { wallMs: analysisMs },
      env: asked.env,
      onDecision: asked.progress?.onDecision,
    },
    async (open) => ({ outcome: "ok" as const, value: await analyse(open, asked, authority) }),
  );
}

async function analyse(open: OpenRun, asked: ImproveAsked, authority: Authority): Promise<Analysis & { chosen: Chosen[] }> {
  const { since, limit } = asked;
  const nowMs = systemClock.nowMs();
  const until = isoTime(nowMs);
  const asking = questions.map((question) => ({ question, sql: question.sql(since) }));
  const views = [...new Set(["agent_runs", ...questions.flatMap((question) => question.views)])];
  const [drafted = [], ...rows] = await askOwn(open.stateDir, [draftsQuestion, ...asking.map(({ sql }) => sql)], views);
  // A secret may be known now that was not when it was recorded.
  const masked = open.mask(rows);
  const answers = asking.map((each, index): Answered => ({ ...each, rows: masked[index] ?? [] }));
  for (const { question, rows: found } of answers) asked.progress?.onQuestion?.(question.id, found.length);
  const opportunities = opportunitiesOf(answers.flatMap(({ question, rows: found }) => question.sightings(found)));
  const judged = choose(opportunities, {
    known: await knownCauses(authority, open, drafted),
    proposed: new Set(proposalRows(open.ledger).map(({ proposal }) => proposal)),
    skills: await skillDigests(
      authority.repository,
      authority.commit,
      opportunities.flatMap(({ subject, name }) => (subject === "skill" ? [name] : [])),
    ),
    rooms: await roomsAt(authority.repository, authority.commit),
    limit,
    openMax: await committedOpenMax(authority, asked.env),
    resumes: asked.model === undefined ? asked.agent : undefined,
    nowMs,
  });
  const chosen = judged.filter(({ state }) => state === "chosen").map((each): Chosen => ({ judged: each, drafts: each.ready ?? each.resume ?? newId("r") }));
  const text = analysisText({ run: open.run, since, until, answers, judged });
  const { sha256 } = writeBlob(open.stateDir, text);
  await open.recorder.append("improve.analysed", eventOf({ since, answers, judged, sha256, drafts: asked.dryRun === true ? [] : chosen }));
  return {
    since,
    until,
    questions: answers.map(({ question: { id, asks }, sql: typed, rows: found }) => ({ question: id, asks, sql: typed, rows: found.length })),
    opportunities: judged.map(({ opportunity, state, why }) => {
      const { id, kind, count, signature, cause, runs } = opportunity;
      return { opportunity: id, kind, about: aboutOf(opportunity), count, signature, cause, runs, state, why };
    }),
    analysis: { sha256, file: blobPath(open.stateDir, sha256), text },
    chosen,
  };
}

interface Concluded {
  since: string;
  answers: readonly Answered[];
  judged: readonly Judged[];
  sha256: string;
  drafts: readonly Chosen[];
}

function eventOf({ since, answers, judged, sha256, drafts }: Concluded): ImproveAnalysed {
  return {
    since,
    questions: answers.map(({ question, sql, rows }) => ({ question: question.id, sql, rows: rows.length })),
    opportunities: judged.slice(0, recordedMax).map(({ opportunity, state }) => {
      const { id, kind, count, signature, runs } = opportunity;
      const run = drafts.find(({ judged: each }) => each.opportunity === opportunity)?.drafts;
      return { opportunity: id, kind, about: aboutOf(opportunity), count, signature, state, runs, ...(run !== undefined && { drafts: run }) };
    }),
    chosen: drafts.length,
    analysis: sha256,
  };
}
