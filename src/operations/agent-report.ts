import type { EventRecord } from "../event/events.ts";
import { withBodies } from "../trace/blobs.ts";
import { isKind } from "../trace/record.ts";

/** What an agent's run came to, over the parts that are shown. */
export interface AgentReport {
  root: string;
  agent: string;
  agentDigest: string;
  level: number;
  objective: string;
  forkOf?: { run: string; at: number } | undefined;
  /** `outcome` is absent while it works, or when nobody said how it ended. */
  parts: { run: string; part: number; started: string; outcome?: string | undefined }[];
  /** Of the last part. */
  outcome?: string | undefined;
  why?: string | undefined;
  /** The agent's own words. */
  answer?: string | undefined;
  /** Approvals. */
  waitsFor: string[];
  /** What these parts spent: answers of models, calls of tools, tokens, US dollars, time. */
  iterations: number;
  toolCalls: number;
  tokens: number;
  costUsd: number;
  durationMs: number;
  /** What to type next; nothing when it has its answer. */
  next: string[];
}

/**
 * Folds the records of an agent's run, its parts one after the other, into `report`; answers the report, and undefined as long as no agent has begun.
 * Errors: trace/missing-body, of an objective or an answer that is too long for its record.
 */
export function takeRecord(report: AgentReport | undefined, record: EventRecord, stateDir: string): AgentReport | undefined {
  if (isKind(record, "agent.started")) return begun(report, record, stateDir);
  if (report === undefined) return undefined;
  if (isKind(record, "model.answered")) {
    const { usage, costUsd = 0 } = record.data;
    report.iterations += 1;
    report.tokens += (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0);
    report.costUsd += costUsd;
  }
  // A call has one receipt, perhaps in a later part than its intent.
  if (isKind(record, "tool.finished")) report.toolCalls += 1;
  if (isKind(record, "agent.finished")) {
    const { outcome, why, answer, waitsFor = [] } = withBodies(stateDir, record.data);
    Object.assign(report, { outcome, why, answer, waitsFor });
  }
  if (isKind(record, "run.finished")) {
    const { outcome, message, durationMs } = record.data;
    report.durationMs += durationMs;
    // Of a part that was stopped or killed only its run says how it ended.
    if (report.outcome === undefined) Object.assign(report, { outcome, why: message });
    Object.assign(report.parts.at(-1) ?? {}, { outcome: report.outcome });
  }
  return report;
}

function begun(before: AgentReport | undefined, { run, ts, data }: EventRecord<"agent.started">, stateDir: string): AgentReport {
  const { root, part, agent, agentDigest, level, objective, forkOf } = withBodies(stateDir, data);
  const first = { root, agent, agentDigest, level, objective, forkOf, iterations: 0, toolCalls: 0, tokens: 0, costUsd: 0, durationMs: 0 };
  const parts = [...(before?.parts ?? []), { run, part, started: ts }];
  return { ...first, ...before, parts, outcome: undefined, why: undefined, answer: undefined, waitsFor: [], next: [] };
}
