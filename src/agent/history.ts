import type { AgentFinished, AgentStarted, AnswerJudged, LimitReached, PlanMade } from "../event/agent-events.ts";
import type { ApprovalAsked } from "../event/approval-events.ts";
import type { ModelAnswered, ModelAsked, ToolAsked, ToolFinished } from "../event/call-events.ts";
import type { DecisionMade } from "../event/decision-made.ts";
import type { EventData, EventKind, EventRecord } from "../event/events.ts";
import type { LoopRecords } from "./ports.ts";

/** A tool call on record. */
export interface PastTool {
  asked: ToolAsked;
  /** Without it nobody knows what became of the call. */
  finished?: ToolFinished | undefined;
}

/** What a run has done so far, over all its parts, by the keys of its steps. */
export interface History {
  started: AgentStarted | undefined;
  finished: AgentFinished | undefined;
  plan: PlanMade | undefined;
  models: Map<string, { asked: ModelAsked; answered?: ModelAnswered | undefined }>;
  tools: Map<string, PastTool>;
  /** By id. */
  decisions: Map<string, DecisionMade>;
  limits: Map<string, LimitReached>;
  /** What was asked of people, by key of the call. */
  approvals: Map<string, ApprovalAsked>;
  /** By key of the step. */
  judged: Map<string, AnswerJudged[]>;
  /** Records of the loop's own, by `nameOf`. */
  loop: Map<string, object>;
  /** Sum of the times of all parts before, ms. */
  wallMs: number;
}

type LoopKind = keyof LoopRecords;

/** Names a record of the loop's own within a run. */
export function nameOf(kind: LoopKind, data: object): string {
  const { key = "", subtask = "", by = "" } = data as { key?: string; subtask?: string; by?: string };
  return [kind, key === "" ? subtask : key, by].join(" ");
}

const loopKinds: ReadonlySet<EventKind> = new Set<LoopKind>(["plan.made", "subtask.started", "subtask.finished", "checkpoint.made", "answer.judged"]);

/** The history of nothing. */
export function noHistory(): History {
  return {
    started: undefined,
    finished: undefined,
    plan: undefined,
    models: new Map(),
    tools: new Map(),
    decisions: new Map(),
    limits: new Map(),
    approvals: new Map(),
    judged: new Map(),
    loop: new Map(),
    wallMs: 0,
  };
}

/** Folds the records of a run, in order, its parts one after the other. A later record of a step takes the place of an earlier one. */
export function historyOf(records: Iterable<EventRecord>): History {
  const history = noHistory();
  for (const { kind, data } of records) {
    take(history, kind, data);
    if (loopKinds.has(kind)) history.loop.set(nameOf(kind as LoopKind, data), data);
  }
  return history;
}

function take(history: History, kind: EventKind, data: EventData[EventKind]): void {
  const takers: { [K in EventKind]?: (data: EventData[K]) => void } = {
    "agent.started": (started) => void (history.started ??= started),
    "agent.finished": (finished) => void (history.finished = finished),
    "plan.made": (plan) => void (history.plan = plan),
    "decision.made": (decision) => void history.decisions.set(decision.id, decision),
    "model.asked": (asked) => void history.models.set(asked.key, { asked }),
    "model.answered": (answered) => {
      const past = history.models.get(answered.key);
      if (past !== undefined) past.answered = answered;
    },
    "tool.asked": (asked) => void history.tools.set(asked.key, { asked }),
    "tool.finished": (finished) => {
      const past = history.tools.get(finished.key);
      if (past !== undefined) past.finished = finished;
    },
    "approval.asked": (asked) => void history.approvals.set(asked.key, asked),
    "limit.reached": (limit) => void history.limits.set(limit.key, limit),
    "answer.judged": (judged) => {
      const before = (history.judged.get(judged.key) ?? []).filter(({ by }) => by !== judged.by);
      history.judged.set(judged.key, [...before, judged]);
    },
    "run.finished": ({ durationMs }) => void (history.wallMs += durationMs),
  };
  (takers[kind] as ((data: EventData[EventKind]) => void) | undefined)?.(data);
}
