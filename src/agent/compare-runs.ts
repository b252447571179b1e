import { canonicalJson } from "../base/canonical-json.ts";
import type { History } from "./history.ts";

/** One step in which two runs differ; `undefined` where a run has no such step. */
export interface StepDifference {
  key: string;
  what: "model" | "tool";
  a: string | undefined;
  b: string | undefined;
}

export interface RunTotals {
  agent: string;
  outcome: string;
  iterations: number;
  toolCalls: number;
  tokens: number;
  costUsd: number;
  denied: number;
}

export interface RunComparison {
  /** Steps of either run; how many of them are the same in both. */
  steps: number;
  same: number;
  differences: StepDifference[];
  totals: { a: RunTotals; b: RunTotals };
  /** Whether they came to one answer. */
  sameAnswer: boolean;
}

/** Two runs, step by step: what their models said and what their tools came to. */
export function compareRuns(a: History, b: History): RunComparison {
  const [stepsOfA, stepsOfB] = [stepsOf(a), stepsOf(b)];
  const keys = [...new Set([...stepsOfA.keys(), ...stepsOfB.keys()])];
  const differences = keys.flatMap((key): StepDifference[] => {
    const [left, right] = [stepsOfA.get(key), stepsOfB.get(key)];
    return left?.text === right?.text ? [] : [{ key, what: (left ?? right)?.what ?? "model", a: left?.text, b: right?.text }];
  });
  return {
    steps: keys.length,
    same: keys.length - differences.length,
    differences,
    totals: { a: totalsOf(a), b: totalsOf(b) },
    sameAnswer: a.finished?.answer === b.finished?.answer,
  };
}

function stepsOf({ models, tools }: History): Map<string, { what: StepDifference["what"]; text: string }> {
  const steps = new Map<string, { what: StepDifference["what"]; text: string }>();
  for (const [key, { answered }] of models) {
    const calls = (answered?.toolCalls ?? []).map(({ name, args }) => `${name} ${canonicalJson(args ?? null)}`);
    steps.set(key, {
      what: "model",
      text:
        answered === undefined
          ? "no answer"
          : [answered.outcome === "ok" ? (answered.text ?? "") : `${answered.outcome}: ${answered.why ?? ""}`, ...calls].join("\n"),
    });
  }
  for (const [key, { asked, finished }] of tools)
    steps.set(key, { what: "tool", text: `${asked.tool} ${canonicalJson(asked.args ?? null)}\n${finished?.outcome ?? "unknown"}\n${finished?.text ?? ""}` });
  return new Map([...steps].toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

function totalsOf({ started, finished, models, tools, decisions }: History): RunTotals {
  const answers = [...models.values()].flatMap(({ answered }) => (answered === undefined ? [] : [answered]));
  const sum = (of: (answer: (typeof answers)[number]) => number): number => answers.reduce((total, answer) => total + of(answer), 0);
  return {
    agent: started?.agent ?? "",
    outcome: finished?.outcome ?? "interrupted",
    iterations: answers.length,
    toolCalls: [...tools.values()].filter((tool) => tool.finished !== undefined).length,
    tokens: sum(({ usage }) => (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0)),
    costUsd: Math.round(sum(({ costUsd = 0 }) => costUsd) * 1e6) / 1e6,
    denied: [...decisions.values()].filter(({ effect }) => effect === "deny").length,
  };
}
