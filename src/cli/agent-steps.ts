import { safeText } from "../base/safe-text.ts";
import type { EventRecord } from "../event/events.ts";
import { isKind } from "../trace/record.ts";
import { paint } from "./paint.ts";

/** One line of what an agent just did. */
export interface AgentStep {
  line: string;
  subtask?: string | undefined;
  /** The subtask ended so. */
  ends?: string | undefined;
}

const marks = { good: "✔", bad: "✗", waits: "✋", goes: "▸" } as const;

/** The lines of a record that people follow; none for what only the record needs. Everything quoted is safe and on one line. */
export function progressOf(record: EventRecord): AgentStep[] {
  const step = stepOf(record);
  return step === undefined ? [] : [step];
}

function stepOf(record: EventRecord): AgentStep | undefined {
  if (isKind(record, "plan.made")) {
    const { subtasks } = record.data;
    return subtasks.length < 2
      ? undefined
      : line(
          "good",
          "plan",
          `${subtasks.length - 1} subtasks: ${subtasks
            .slice(0, -1)
            .map(({ id }) => id)
            .join(", ")}`,
        );
  }
  if (isKind(record, "model.answered")) {
    const { key, outcome, why, toolCalls = [] } = record.data;
    const text = textOf(record.data.text);
    if (outcome !== "ok") return line("bad", "model", `${key}  ${outcome}: ${textOf(why)}`, key);
    return toolCalls.length > 0 && text.trim() !== "" ? line("goes", "thinks", text, key) : undefined;
  }
  if (isKind(record, "tool.asked") && record.data.refused !== true) return undefined;
  if (isKind(record, "tool.finished")) {
    const { key, tool, outcome, text } = record.data;
    return line(outcome === "ok" ? "good" : "bad", tool, `${outcome === "ok" ? "" : `${outcome}: `}${textOf(text)}  [${key}]`, key);
  }
  if (isKind(record, "approval.asked")) {
    const { approval, key, kind } = record.data;
    return line("waits", kind === "question" ? "asks" : "approve", `agentctl approval show ${approval}`, key);
  }
  if (isKind(record, "limit.reached")) return line("bad", "limit", `${record.data.limit}: ${record.data.used} of ${record.data.most}`, record.data.key);
  if (isKind(record, "answer.judged"))
    return line(
      record.data.accepted ? "good" : "bad",
      record.data.by,
      record.data.accepted ? "accepted" : textOf(record.data.why) || "sent back",
      record.data.key,
    );
  if (isKind(record, "subtask.finished")) {
    const { subtask, outcome, why } = record.data;
    return { ...line(outcome === "ok" ? "good" : outcome === "waiting" ? "waits" : "bad", subtask, textOf(why) || "done"), subtask, ends: outcome };
  }
  return undefined;
}

function line(mark: keyof typeof marks, what: string, text: string, key?: string): AgentStep {
  const colour = mark === "good" ? "green" : mark === "bad" ? "red" : mark === "waits" ? "yellow" : "dim";
  const plain = safeText(text.replaceAll(/\s+/g, " ").trim().slice(0, 400), { oneLine: true });
  return {
    line: `  ${paint(colour, marks[mark])} ${safeText(what, { oneLine: true }).slice(0, 24).padEnd(14)} ${plain.length > 110 ? `${plain.slice(0, 109)}…` : plain}`,
    subtask: key?.split(".")[0],
  };
}

/** A text of a record: a long one stands outside of it, and its head is there. */
export function textOf(text: unknown): string {
  if (typeof text === "string") return text;
  return text !== null && typeof text === "object" && "head" in text ? String(text.head) : "";
}
