import { safeText } from "../base/safe-text.ts";
import type { AgentRunResult, SkillRunResult } from "../operations/start-run.ts";
import { paint } from "./paint.ts";
import { count } from "./quantity.ts";
import { budgetLines, showSkillRun } from "./skill-run.ts";

interface Line {
  stream: "data" | "words";
  line: string;
}

const words = (line: string): Line => ({ stream: "words", line });

const lastWordsMax = 5;

/** What a skill that failed said last; `skill run` shows all of it while it runs. */
function lastWords({ call }: SkillRunResult["skill"]): Line[] {
  if (call === undefined || call.outcome === "ok") return [];
  const said = call.stderr.trimEnd().split("\n").slice(-lastWordsMax);
  return said.flatMap((line) => (line === "" ? [] : [words(safeText(line, { oneLine: true }))]));
}

/** How an agent's run ended, for people: its answer as data, everything about it as words. */
export function agentRunLines(result: AgentRunResult | SkillRunResult): Line[] {
  if (result.kind === "skill") {
    return [
      words(`skill      ${result.skill.skill} solves it without an agent: ${result.why.join("; ")}`),
      ...lastWords(result.skill),
      ...showSkillRun(result.skill),
    ];
  }
  const { root, decision, budget, end } = result;
  if (budget !== undefined) return budgetLines(budget).map(words);
  if (end === undefined) return [words(`next       agentctl policy explain ${decision.id}`)];
  const { outcome, answer, why, waitsFor, iterations, toolCalls, tokens, costUsd } = end;
  const spent = `${count(iterations, "model call")}, ${count(toolCalls, "tool call")}, ${tokens} tokens, $${costUsd.toFixed(costUsd < 0.1 ? 4 : 2)}`;
  return [
    ...(answer === undefined
      ? []
      : safeText(answer)
          .split("\n")
          .map((line): Line => ({ stream: "data", line }))),
    ...(outcome === "ok" || why === undefined
      ? []
      : [words(`${paint(outcome === "waiting" ? "yellow" : "red", outcome.padEnd(10))} ${safeText(why, { oneLine: true })}`)]),
    words(`spent      ${spent}     agentctl run show ${root}`),
    ...(outcome === "waiting" ? waitsFor.map((approval) => words(`waits for  agentctl approval show ${approval}`)) : []),
    ...(outcome === "ok"
      ? []
      : [words(`then       agentctl run resume ${root}${outcome === "limit" ? "     when a budget was what it reached, and has room again" : ""}`)]),
    ...(outcome === "limit" ? [words(`or         agentctl run fork ${root} --at …     under higher limits of agents/${end.agent}/agent.yaml, committed`)] : []),
  ];
}
