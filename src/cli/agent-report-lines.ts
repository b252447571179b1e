import { safeText } from "../base/safe-text.ts";
import type { AgentReport } from "../operations/agent-report.ts";
import { counted, dollars, duration, joined, named, said, short } from "../operations/timeline-words.ts";

/** Lines of an answer that are shown; `--json` has all. */
const answerLinesMax = 40;

/** What an agent's run was about and what it came to, for people. What the agent wrote stands behind a bar. */
export function agentReportLines(report: AgentReport): string[] {
  const { root, agent, agentDigest, level, objective, forkOf, parts, outcome, why, iterations, toolCalls, tokens, costUsd, durationMs } = report;
  const last = parts.at(-1);
  const alone = parts.length === 1 && last !== undefined && last.part > 1;
  return [
    `  objective   ${said(objective, 300)}`,
    `  agent       ${joined([
      `${named(agent)}@${short(agentDigest)}  level ${level}`,
      forkOf !== undefined && `fork of ${named(forkOf.run)} at ${forkOf.at}`,
      alone ? `part ${last.part} of ${named(root)}` : counted(parts.length, "part"),
    ])}`,
    `  spent       ${[counted(iterations, "model call"), counted(toolCalls, "tool call"), counted(tokens, "token"), dollars(costUsd), duration(durationMs)].join(", ")}`,
    ...(why === undefined || outcome === "ok" ? [] : [`  why         ${said(why, 300)}`]),
    ...answerLines(report.answer),
    ...report.waitsFor.map((approval) => `  waits for   ${named(approval)}`),
    ...report.next.map((command) => `  next        ${command}`),
  ];
}

function answerLines(answer: string | undefined): string[] {
  if (answer === undefined) return [];
  const lines = safeText(answer.trimEnd()).split("\n");
  const shown = lines.slice(0, answerLinesMax).map((line) => `  | ${line}`);
  return [
    "  answer, in the agent's words",
    ...shown,
    ...(lines.length > answerLinesMax ? [`  … ${lines.length - answerLinesMax} more lines; --json has them`] : []),
  ];
}
