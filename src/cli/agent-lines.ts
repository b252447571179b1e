import type { Agent } from "../agent/agent.ts";
import { safeText } from "../base/safe-text.ts";
import type { AgentRow } from "../operations/list-agents.ts";
import type { AgentReport } from "../operations/show-agent.ts";
import { clip } from "./clip.ts";
import { findingLines } from "./skill-lines.ts";
import { table } from "./table.ts";

/** The list of agents as lines. */
export function agentList(rows: readonly AgentRow[]): string[] {
  const shown = rows.map((row) => ({
    name: safeText(row.name, { oneLine: true }),
    level: row.level === null ? "" : String(row.level),
    model: row.model ?? (row.problem === null ? "by role" : ""),
    tools: row.problem === null ? String(row.tools.length) : "",
    runs: row.runs === 0 ? "" : String(row.runs),
    ok: percent(row.successRate),
    state: row.state,
    description: row.problem === null ? cut(row.description ?? "", 72) : `broken: ${cut(row.problem, 64)}`,
  }));
  return table(shown, ["name", "level", "model", "tools", "runs", "ok", "state", "description"]);
}

/** Everything about an agent as lines. */
export function agentLines(report: AgentReport): string[] {
  const { agent } = report;
  const head = [
    ["agent", [report.name, agent?.version].filter(Boolean).join(" ")],
    ["", agent?.description ?? "cannot be used, see below"],
    ["from", report.from === "disk" ? "disk, as a draft" : `commit ${report.commit?.slice(0, 10) ?? ""}`],
    ...(agent === null ? [] : agentFacts(agent, report.levels)),
    [
      "runs",
      report.runs === 0
        ? "none in the ledger"
        : [String(report.runs), report.successRate === null ? "" : `${percent(report.successRate)} ok`].filter(Boolean).join(" · "),
    ],
    ["digest", `sha256:${report.digest}`],
  ] as [string, string][];
  return [
    ...pairs(head),
    ...section("tools, as policy decides a usual call", table(permitRows(report), ["tool", "class", "effect", "rule", "reason"], { header: false })),
    ...section("last runs", table(report.lastRuns.map(runRow), ["root", "outcome", "objective"], { header: false })),
    ...section(
      "files",
      table(
        report.files.map(({ path, bytes, sha256 }) => ({ path: safeText(path, { oneLine: true }), bytes, sha256: sha256.slice(0, 12) })),
        ["path", "bytes", "sha256"],
        { header: false },
      ),
    ),
    ...section("findings", findingLines(report.findings)),
    ...section("prompt", agent === null ? [] : safeText(agent.prompt.trimEnd()).split("\n")),
  ];
}

const levels = ["suggests", "low risk alone", "bounded high risk", "continuous"] as const;

function agentFacts({ level, model, temperature, plan, criticRounds, limits, output, intents }: Agent, now: AgentReport["levels"]): [string, string][] {
  const lower = Object.entries(now ?? {}).filter(([, each]) => each < level);
  const checks = [
    output.schema === undefined ? "" : "fits its schema",
    output.sources ? "names its sources" : "",
    output.tests === undefined ? "" : `tests of ${output.tests} pass`,
  ];
  return [
    ["level", [`${level}, ${levels[level - 1] ?? ""}`, ...lower.map(([of, each]) => `${each} in class ${of}`)].join(" · ")],
    ["model", [model ?? "that of the role", temperature === undefined ? "" : `temperature ${temperature}`].filter(Boolean).join(" · ")],
    [
      "works",
      [
        plan ? "splits the objective" : "goes straight at it",
        criticRounds === 0 ? "" : `a critic may send it back ${criticRounds === 1 ? "once" : `${criticRounds} times`}`,
      ]
        .filter(Boolean)
        .join(" · "),
    ],
    [
      "limits",
      `${limits.iterations} model calls a subtask · ${limits.tokens} tokens · $${limits.costUsd} · ${limits.wallMs / 1000} s · ${limits.outputTokens} tokens an answer`,
    ],
    ["answer", checks.filter(Boolean).join(" · ")],
    ["intents", intents.join(", ")],
  ];
}

function permitRows({ permits }: AgentReport): Record<"tool" | "class" | "effect" | "rule" | "reason", string>[] {
  return permits.map(({ tool, class: riskClass, effect, action, rule, reason, would }) => ({
    tool,
    class: riskClass ?? "",
    effect,
    rule: rule ?? (effect === "approve" ? "agent.yaml" : "no rule"),
    reason:
      effect === "allow"
        ? ""
        : safeText([action === "tool.call" ? reason : `${action}: ${reason}`, would].filter((text) => text !== null).join("; would: "), { oneLine: true }),
  }));
}

function runRow({ root, outcome, objective }: AgentReport["lastRuns"][number]): { root: string; outcome: string; objective: string } {
  return { root, outcome, objective: cut(objective, 80) };
}

function pairs(rows: readonly (readonly [string, string])[]): string[] {
  const shown = rows.filter(([, value]) => value !== "").map(([name, value]) => ({ name, value: safeText(value, { oneLine: true }) }));
  return table(shown, ["name", "value"], { header: false });
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`.trimEnd())];
}

function percent(rate: number | null): string {
  return rate === null ? "" : `${Math.floor(rate * 100)}%`;
}

function cut(text: string, width: number): string {
  return clip(safeText(text, { oneLine: true }), width);
}
