import type { AnswerJudged, CheckpointMade, LimitReached, PlanMade, SubtaskFinished, SubtaskStarted } from "../event/agent-events.ts";
import type { ToolCall } from "./message.ts";
import type { ModelOutcome, ModelRequest } from "./model.ts";

/** Names a step within a run, the same in every replay: `s1.2` is the second model call of subtask s1, `s1.2.1` the first tool call of its answer. */
export type Key = string;

export interface StepOf {
  key: Key;
  subtask: string;
}

/** How a tool call ended, as the model reads it; or what it waits for. */
export type ToolOutcome =
  | { waits: false; outcome: "ok" | "failed" | "timeout" | "refused" | "denied" | "invalid" | "unknown"; text: string }
  | { waits: true; approval: string };

/** A limit that was reached. */
export type LimitHit = Omit<LimitReached, "key">;

/** Records of the loop's own; what models and tools do is recorded where it happens. */
export interface LoopRecords {
  "plan.made": PlanMade;
  "subtask.started": SubtaskStarted;
  "subtask.finished": SubtaskFinished;
  "checkpoint.made": CheckpointMade;
  "answer.judged": AnswerJudged;
}

/** What an answer is judged by beside the critic; `problem` is in words for the model. */
export interface AnswerCheck {
  by: "schema" | "sources" | "tests";
  problem: string | undefined;
}

/**
 * Everything the loop needs of the world. Live, each port records what it does before and after; in a replay the same ports answer from the record. So the
 * loop is a function of its ports, and going on after a crash, replaying and forking are one mechanism.
 */
export interface AgentPorts {
  /** Asks a model. `seen` is how many of the messages the subtask's last call had. */
  ask(step: StepOf, request: ModelRequest, seen: number): Promise<ModelOutcome>;
  /** Decides and does one tool call. */
  act(step: StepOf, call: ToolCall): Promise<ToolOutcome>;
  /** Whether the next model call would go beyond a limit; recorded when it would. `iteration` counts from 1 within the subtask. */
  limit(step: StepOf, iteration: number): Promise<LimitHit | undefined>;
  /** Whether a plan of so many subtasks may be followed. */
  maySplit(subtasks: number): Promise<boolean>;
  /** What the agent's own checks say of an answer; only those that it has. */
  check(step: StepOf, answer: string): Promise<AnswerCheck[]>;
  record<K extends keyof LoopRecords>(kind: K, data: LoopRecords[K]): Promise<void>;
}

export interface Subtask {
  id: string;
  objective: string;
  /** Ids of subtasks that have to end well before. */
  after: readonly string[];
}

export type SubtaskEnd = { outcome: "ok"; answer: string } | { outcome: "failed" | "limit" | "waiting" | "skipped"; why: string; waitsFor?: readonly string[] };
