import { measure } from "../backtest/metrics.ts";
import { AgentctlError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import type { StrategyEvaluation } from "../evaluation/evaluation.ts";
import { judgeStrategy, type CaseVerdict, type StrategyOutcome } from "../evaluation/judge.ts";
import type { DecisionMade } from "../event/decision-made.ts";
import { decide } from "../policy/decide.ts";
import { planBacktest, type PlannedBacktest } from "./backtest-strategy.ts";
import type { OpenRun } from "./in-run.ts";
import type { Authority } from "./load-authority.ts";
import { openSource } from "./open-source.ts";
import { personName } from "./person.ts";

/**
 * Backtests every case of an evaluation of a strategy, decided by policy as `backtest.run`. It is held to bounds and nothing is chosen by it, so it is no
 * trial, and figures are not recorded. Errors: `evaluation/denied` (exit denied), and those of the engine for strategies in code.
 */
export async function evaluateStrategy(
  evaluation: StrategyEvaluation,
  place: { cwd: string; env: NodeJS.ProcessEnv },
  { open, authority, env }: { open: OpenRun; authority: Authority; env: NodeJS.ProcessEnv },
): Promise<CaseVerdict[]> {
  const request = {
    action: "backtest.run",
    class: "B",
    actor: { kind: "person", name: personName() },
    args: { strategy: evaluation.target.name, purpose: "evaluation" },
  } as const;
  const decision = decide(request, authority.set, { id: newId("d"), commit: authority.commit });
  await open.recorder.append("decision.made", decision as DecisionMade);
  if (decision.effect !== "allow")
    throw new AgentctlError("evaluation/denied", `policy does not let ${evaluation.target.name} be backtested: ${decision.reason}`, { exit: "denied" });
  const verdicts: CaseVerdict[] = [];
  for (const each of evaluation.cases) {
    open.stop.throwIfAborted();
    const { parameters = {}, from, to } = each;
    const planned = await attempt(() => planBacktest({ ...place, name: evaluation.target.name, parameters, from, to }));
    verdicts.push(judgeStrategy(each, planned === undefined ? { ok: false, why: "it cannot be run" } : await backtest(planned, open, env)));
  }
  return verdicts;
}

async function backtest({ ready, parameters, range }: PlannedBacktest, open: OpenRun, env: NodeJS.ProcessEnv): Promise<StrategyOutcome> {
  const source = await openSource(ready, open, env);
  try {
    const [answer] = await source.run([{ parameters, ...range }]);
    if (answer?.ok !== true) return { ok: false, why: answer?.why ?? "no answer" };
    return { ok: true, metrics: measure(answer.result, { cash: range.settings.account.cash }) };
  } finally {
    await source.close();
  }
}

/** What its files or parameters cannot do is a verdict. */
async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof AgentctlError && thrown.exit === "usage") return undefined;
    throw thrown;
  }
}
