import type { JsonSchema } from "../base/json-schema.ts";
import {
  agentFinished,
  agentStarted,
  answerJudged,
  checkpointMade,
  limitReached,
  planMade,
  proposalDrafted,
  subtaskFinished,
  subtaskStarted,
  type AgentFinished,
  type AgentStarted,
  type AnswerJudged,
  type CheckpointMade,
  type LimitReached,
  type PlanMade,
  type ProposalDrafted,
  type SubtaskFinished,
  type SubtaskStarted,
} from "./agent-events.ts";
import {
  approvalAsked,
  approvalUsed,
  approvalVoted,
  grantGiven,
  grantRevoked,
  type ApprovalAsked,
  type ApprovalUsed,
  type ApprovalVoted,
  type GrantGiven,
  type GrantRevoked,
} from "./approval-events.ts";
import { modelAnswered, modelAsked, toolAsked, toolFinished, type ModelAnswered, type ModelAsked, type ToolAsked, type ToolFinished } from "./call-events.ts";
import {
  backtestFinished,
  backtestStarted,
  dataImported,
  experimentFinished,
  experimentStarted,
  gateFinished,
  trialsRecorded,
  type BacktestFinished,
  type BacktestStarted,
  type DataImported,
  type ExperimentFinished,
  type ExperimentStarted,
  type GateFinished,
  type TrialsRecorded,
} from "./backtest-events.ts";
import { budgetReserved, budgetSettled, type BudgetReserved, type BudgetSettled } from "./budget-events.ts";
import { decisionMade, type DecisionMade } from "./decision-made.ts";
import { haltReleased, haltSet, type HaltReleased, type HaltSet } from "./halt-events.ts";
import { netRequested, type NetRequested } from "./net-events.ts";
import { notifyFailed, notifySent, type NotifyFailed, type NotifySent } from "./notify-events.ts";
import {
  autonomyLowered,
  improveAnalysed,
  landingFinished,
  landingStarted,
  proposalClosed,
  proposalGated,
  proposalOpened,
  proposalVoted,
  type AutonomyLowered,
  type ImproveAnalysed,
  type LandingFinished,
  type LandingStarted,
  type ProposalClosed,
  type ProposalGated,
  type ProposalOpened,
  type ProposalVoted,
} from "./proposal-events.ts";
import { runFinished, runStarted, type RunFinished, type RunStarted } from "./run-events.ts";
import { laneClaimed, sidecarEnded, sidecarStarted, type LaneClaimed, type SidecarEnded, type SidecarStarted } from "./sidecar-events.ts";
import { skillFinished, skillStarted, type SkillFinished, type SkillStarted } from "./skill-events.ts";

/** Every kind of event and the shape of its data. A record whose data does not fit is not written. */
export const eventSchemas = {
  "run.started": runStarted,
  "run.finished": runFinished,
  "decision.made": decisionMade,
  "skill.started": skillStarted,
  "skill.finished": skillFinished,
  "budget.reserved": budgetReserved,
  "budget.settled": budgetSettled,
  "halt.set": haltSet,
  "halt.released": haltReleased,
  "data.imported": dataImported,
  "backtest.started": backtestStarted,
  "backtest.finished": backtestFinished,
  "experiment.started": experimentStarted,
  "trials.recorded": trialsRecorded,
  "experiment.finished": experimentFinished,
  "gate.finished": gateFinished,
  "agent.started": agentStarted,
  "agent.finished": agentFinished,
  "plan.made": planMade,
  "subtask.started": subtaskStarted,
  "subtask.finished": subtaskFinished,
  "model.asked": modelAsked,
  "model.answered": modelAnswered,
  "tool.asked": toolAsked,
  "tool.finished": toolFinished,
  "approval.asked": approvalAsked,
  "approval.voted": approvalVoted,
  "approval.used": approvalUsed,
  "grant.given": grantGiven,
  "grant.revoked": grantRevoked,
  "limit.reached": limitReached,
  "checkpoint.made": checkpointMade,
  "answer.judged": answerJudged,
  "proposal.drafted": proposalDrafted,
  "proposal.opened": proposalOpened,
  "proposal.gated": proposalGated,
  "proposal.voted": proposalVoted,
  "proposal.closed": proposalClosed,
  "landing.started": landingStarted,
  "landing.finished": landingFinished,
  "improve.analysed": improveAnalysed,
  "autonomy.lowered": autonomyLowered,
  "net.requested": netRequested,
  "notify.sent": notifySent,
  "notify.failed": notifyFailed,
  "lane.claimed": laneClaimed,
  "sidecar.started": sidecarStarted,
  "sidecar.ended": sidecarEnded,
} as const satisfies Record<string, JsonSchema>;

export type EventKind = keyof typeof eventSchemas;

export interface EventData {
  "run.started": RunStarted;
  "run.finished": RunFinished;
  "decision.made": DecisionMade;
  "skill.started": SkillStarted;
  "skill.finished": SkillFinished;
  "budget.reserved": BudgetReserved;
  "budget.settled": BudgetSettled;
  "halt.set": HaltSet;
  "halt.released": HaltReleased;
  "data.imported": DataImported;
  "backtest.started": BacktestStarted;
  "backtest.finished": BacktestFinished;
  "experiment.started": ExperimentStarted;
  "trials.recorded": TrialsRecorded;
  "experiment.finished": ExperimentFinished;
  "gate.finished": GateFinished;
  "agent.started": AgentStarted;
  "agent.finished": AgentFinished;
  "plan.made": PlanMade;
  "subtask.started": SubtaskStarted;
  "subtask.finished": SubtaskFinished;
  "model.asked": ModelAsked;
  "model.answered": ModelAnswered;
  "tool.asked": ToolAsked;
  "tool.finished": ToolFinished;
  "approval.asked": ApprovalAsked;
  "approval.voted": ApprovalVoted;
  "approval.used": ApprovalUsed;
  "grant.given": GrantGiven;
  "grant.revoked": GrantRevoked;
  "limit.reached": LimitReached;
  "checkpoint.made": CheckpointMade;
  "answer.judged": AnswerJudged;
  "proposal.drafted": ProposalDrafted;
  "proposal.opened": ProposalOpened;
  "proposal.gated": ProposalGated;
  "proposal.voted": ProposalVoted;
  "proposal.closed": ProposalClosed;
  "landing.started": LandingStarted;
  "landing.finished": LandingFinished;
  "improve.analysed": ImproveAnalysed;
  "autonomy.lowered": AutonomyLowered;
  "net.requested": NetRequested;
  "notify.sent": NotifySent;
  "notify.failed": NotifyFailed;
  "lane.claimed": LaneClaimed;
  "sidecar.started": SidecarStarted;
  "sidecar.ended": SidecarEnded;
}

/** One line of a journal. Hash = SHA-256 over the canonical JSON of the record without `hash`. */
export interface EventRecord<K extends EventKind = EventKind> {
  v: 1;
  run: string;
  /** From 0, without gaps. */
  seq: number;
  /** RFC 3339 in UTC; for people, order is by seq. */
  ts: string;
  kind: K;
  data: EventData[K];
  /** Hash of the record before; 64 zeros for the first. */
  prev: string;
  hash: string;
}

/** Where a run writes what happens. Resolves when the record is on disk. */
export interface Recorder {
  readonly run: string;
  append<K extends EventKind>(kind: K, data: EventData[K]): Promise<EventRecord<K>>;
}
