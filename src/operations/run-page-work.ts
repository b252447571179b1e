import { detail, passage, remark } from "../page/detail.ts";
import { graph } from "../page/graph.ts";
import type { Html } from "../page/html.ts";
import type { Section } from "../page/page.ts";
import { table } from "../page/table.ts";
import { isMapping } from "../base/mapping.ts";
import type { SubtaskFinished } from "../event/agent-events.ts";
import type { RunPageFacts } from "./run-page-facts.ts";
import { counted, dollars, duration, joined } from "./timeline-words.ts";

/** So many are shown in full; a command shows the rest. */
const callsMax = 300;

export function answerSection({ report, history, texts }: RunPageFacts): Section | undefined {
  const { agent } = report;
  const judged = [...history.judged.values()].flat();
  if (agent === undefined || (agent.answer === undefined && judged.length === 0)) return undefined;
  const rows = judged.map(({ key, by, accepted, why }) => [key, by, accepted ? "accepted" : "sent back", texts.line(why, 400)]);
  const columns = [{ title: "Step" }, { title: "Judged by" }, { title: "Verdict" }, { title: "Why" }];
  return {
    title: "Answer",
    about: "In the agent's words. What it cites in brackets are calls below; the table says who checked it.",
    parts: [
      ...(agent.objective.length > 140 ? [passage("It was asked", texts.block(agent.objective, 10_000))] : []),
      ...(agent.answer === undefined ? [remark("It gave none.")] : [passage("It says", texts.block(agent.answer, 40_000))]),
      ...(rows.length === 0 ? [] : [table("Judgements of the answer", columns, rows.slice(0, callsMax))]),
    ],
  };
}

export function planSection({ history, texts }: RunPageFacts): Section | undefined {
  if (history.plan === undefined) return undefined;
  const nodes = history.plan.subtasks.map(({ id, objective, after }) => {
    const finished = history.loop.get(`subtask.finished ${id} `) as SubtaskFinished | undefined;
    const state = finished?.outcome ?? (history.loop.has(`subtask.started ${id} `) ? "began" : "not begun");
    const tone = state === "ok" ? ("up" as const) : ["failed", "limit"].includes(state) ? ("down" as const) : ("plain" as const);
    return {
      id: texts.line(id, 40),
      after: after.map((before) => texts.line(before, 40)),
      state,
      tone,
      objective: texts.line(objective, 400),
      why: texts.line(finished?.why, 300),
    };
  });
  const picture = graph("Plan", nodes);
  const rows = nodes.slice(0, callsMax).map(({ id, objective, after, state, why }) => [id, objective, after.join(", "), state, why]);
  const columns = [{ title: "Subtask" }, { title: "What it is to do" }, { title: "After" }, { title: "Outcome" }, { title: "Why" }];
  return {
    title: "Plan",
    about: "Each subtask starts when those before it have ended.",
    parts: [...(picture === undefined ? [] : [picture]), table("Subtasks", columns, rows)],
  };
}

export function modelSection({ report, history, texts }: RunPageFacts): Section | undefined {
  const calls = [...history.models.values()];
  if (calls.length === 0) return undefined;
  const parts = calls.slice(0, callsMax).map(({ asked, answered }) => {
    const { usage, costUsd, outcome = "no answer on record", model, durationMs } = answered ?? {};
    const facts = joined([
      texts.line(model ?? asked.model, 60),
      asked.role,
      usage !== undefined && `${usage.inputTokens} + ${usage.outputTokens} tokens`,
      answered?.cached === true ? "cached" : costUsd !== undefined && dollars(costUsd),
      durationMs !== undefined && duration(durationMs),
      outcome !== "ok" && outcome,
    ]);
    const calls = answered?.toolCalls ?? [];
    return detail(
      asked.key,
      facts,
      [
        passage("Asked: what is new since its last question", texts.block(questionOf(asked.messages), 3_000)),
        ...(answered?.why === undefined ? [] : [passage("Why", texts.block(answered.why, 1_000))]),
        ...(answered?.thinking === undefined ? [] : [passage("Thinking", texts.block(answered.thinking, 2_000))]),
        ...(answered?.text === undefined || answered.text === "" ? [] : [passage("Answered", texts.block(answered.text, 4_000))]),
        ...(calls.length === 0 ? [] : [passage("Calls", texts.block(calls.map(({ name, args }) => `${name} ${JSON.stringify(args)}`).join("\n"), 3_000))]),
      ],
      outcome === "ok" ? "plain" : "down",
    );
  });
  return {
    title: "Calls of models",
    about: `${counted(calls.length, "call")}, in order.`,
    parts: [...parts, ...more(calls.length, "model_calls", report.run)],
  };
}

/** `role: text`, one after the other. */
function questionOf(messages: unknown): unknown {
  if (!Array.isArray(messages)) return messages;
  if (!messages.every((message) => isMapping(message) && typeof message["text"] === "string")) return messages;
  return messages.map((message: Record<string, unknown>) => `${String(message["role"])}: ${String(message["text"])}`).join("\n\n");
}

export function toolSection({ report, history, texts }: RunPageFacts): Section | undefined {
  const calls = [...history.tools.values()];
  if (calls.length === 0) return undefined;
  const parts = calls.slice(0, callsMax).map(({ asked, finished }) => {
    const outcome = finished?.outcome ?? (asked.refused === true ? "refused" : "no receipt on record");
    const { artifacts = [], changes = [] } = finished ?? {};
    const files = [
      ...changes.map((change) => `${change.removed === true ? "removed" : "changed"} ${change.path}  ${change.sha256 ?? ""}`),
      ...artifacts.map(({ path, bytes, sha256 }) => `made ${path}  ${bytes} bytes  sha256:${sha256}`),
    ];
    const facts = joined([
      texts.line(asked.tool, 40),
      asked.class !== undefined && `class ${asked.class}`,
      outcome,
      finished !== undefined && duration(finished.durationMs),
      asked.approval !== undefined && `by approval ${texts.line(asked.approval, 40)}`,
      asked.grant !== undefined && `by grant ${texts.line(asked.grant, 40)}`,
    ]);
    const said = asked.decisions.flatMap((id) => {
      const decision = history.decisions.get(id);
      return decision === undefined ? [] : [`${decision.effect}: ${decision.rules.join(", ") || "no rule matched"}. ${decision.reason}`];
    });
    return detail(
      asked.key,
      facts,
      [
        passage("Arguments", texts.block(asked.args, 3_000)),
        ...(said.length === 0 ? [] : [passage("Policy", texts.block(said.join("\n"), 2_000))]),
        ...(finished === undefined ? [] : [passage("Receipt: what came back", texts.block(finished.text, 4_000))]),
        ...(files.length === 0 ? [] : [passage("Files", texts.block(files.join("\n"), 3_000))]),
      ],
      outcome === "ok" ? "plain" : "down",
    );
  });
  return {
    title: "Calls of tools",
    about: `${counted(calls.length, "call")}, in order, each with its receipt.`,
    parts: [...parts, ...more(calls.length, "tool_calls", report.run)],
  };
}

/** Where a list was cut, and what shows the rest. */
export function more(found: number, view: string, run: string, shown = callsMax): Html[] {
  return found <= shown ? [] : [remark(`${found - shown} more are on record: agentctl query "select * from ${view} where run = '${run}'"`)];
}
