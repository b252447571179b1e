import { systemClock } from "../base/clock.ts";
import { sha256 } from "../base/digest.ts";
import { AgentctlError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import { askCheck, checks, failedChecks } from "../backtest/checks/ask-checks.ts";
import { raised } from "../backtest/checks/costs.ts";
import type { GateCheck } from "../backtest/gate-check.ts";
import type { GateFinished } from "../event/backtest-events.ts";
import { heldTo, type HeldTo } from "../policy/gates.ts";
import type { Decision } from "../policy/request.ts";
import type { ParameterValues } from "../strategy/bar-strategy.ts";
import { parametersOf } from "../strategy/parameters.ts";
import { commitOf } from "./backtest-strategy.ts";
import type { DecidedRun } from "./decided-action.ts";
import { gateSubject } from "./gate-subject.ts";
import type { OpenRun } from "./in-run.ts";
import { openSource } from "./open-source.ts";
import { readyStrategy } from "./ready-strategy.ts";
import { recordedBacktest } from "./recorded-backtest.ts";
import type { ReadyStrategy, StrategySource } from "./strategy-source.ts";
import { tradingRun } from "./trading-run.ts";
import { withDeadline } from "./with-deadline.ts";

export interface GateProgress {
  /** The names of the checks, in the order in which they are asked. */
  onPlan?(names: readonly string[]): void;
  onStart?(name: string): void;
  onCheck?(check: GateCheck): void;
}

export interface GateStrategyAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  name: string;
  /** As typed; what is not given has the strategy's default. */
  parameters: Readonly<Record<string, string>>;
  onDecision?: ((run: string, decision: Decision) => void) | undefined;
  progress?: GateProgress | undefined;
}

export interface GateStrategyResult extends Omit<DecidedRun<never>, "value"> {
  strategy: string;
  /** Undefined when it did not start. */
  gate?: GateFinished | undefined;
  /** Limits of strategy.yaml that do not tighten policy's. */
  ignored: HeldTo["ignored"];
  /** The check that must refuse it, of a strategy that is shipped to show a mistake. */
  knownBad?: string | undefined;
}

/** What a budget has to bear: code in containers is run hundreds of times. */
const gateTimeoutMs = 900_000;

/**
 * Holds a strategy to the limits of the committed policies: decided as `backtest.run`, the judged variant put on record as a trial, every check asked,
 * all of it recorded. A refusal is a result. Errors: those of `readyStrategy`, `strategy/bad-parameter`, `gate/timeout`; interrupted or halted.
 */
export async function gateStrategy(asked: GateStrategyAsked): Promise<GateStrategyResult> {
  const ready = await readyStrategy(asked);
  const parameters = parametersOf(ready.strategy, asked.parameters);
  const { limits, ignored } = heldTo(ready.authority.set.gates, ready.strategy.gates);
  const { value, ...ended } = await tradingRun(
    ready,
    { command: `strategy gate ${asked.name}`, env: asked.env, args: { parameters }, timeoutMs: gateTimeoutMs, onDecision: asked.onDecision },
    (whole, decision) => {
      const late = new AgentctlError("gate/timeout", `not done after ${gateTimeoutMs / 60_000} minutes: nothing passes`, { exit: "timeout" });
      return withDeadline(whole, gateTimeoutMs, late, async (open) => {
        const startedMs = systemClock.monotonicMs();
        const gate = newId("g");
        const commit = await commitOf(ready);
        const source = await openSource(ready, open, asked.env);
        try {
          const judgedAs = { ready, open, source, parameters, limits, commit, gate, decision: decision.id, progress: asked.progress ?? {} };
          const judgement = await judge(judgedAs);
          const durationMs = Math.round(systemClock.monotonicMs() - startedMs);
          const finished: GateFinished = { ...judgement, passed: judgement.checks.every(({ passed }) => passed), durationMs };
          await open.recorder.append("gate.finished", finished);
          return { outcome: "ok", value: finished };
        } finally {
          await source.close();
        }
      });
    },
  );
  return { ...ended, strategy: asked.name, gate: value, ignored, knownBad: ready.strategy.knownBad };
}

interface Judged {
  ready: ReadyStrategy;
  open: OpenRun;
  source: StrategySource;
  parameters: ParameterValues;
  limits: HeldTo["limits"];
  commit: string;
  gate: string;
  decision: string;
  progress: GateProgress;
}

async function judge(asked: Judged): Promise<Omit<GateFinished, "passed" | "durationMs">> {
  const { ready, open, source, parameters, limits, commit, gate, decision, progress } = asked;
  const { settings, data, strategy, digest, committed } = ready;
  const bars = data.map((each) => each.bars);
  const seed = seedOf(data.map(({ set }) => set.sha256));
  // Not counted among the gate's own runs: who asks the gate about a variant has tried it.
  const purpose = `judged by ${gate}`;
  const { started, finished, result } = await recordedBacktest(open, { ready, commit, source, decision, parameters, settings, bars, seed, purpose });
  const about = {
    gate,
    backtest: started.backtest,
    strategy: strategy.name,
    digest,
    commit,
    committed,
    data: started.data,
    parameters: { ...parameters },
    seed,
  };
  const costly = { ...settings, costs: raised(settings.costs, limits["cost-floor"] ?? 0) };
  const [answer] = result === undefined ? [] : await source.run([{ parameters, settings: costly, bars }]);
  progress.onPlan?.(checks.map(({ name }) => name));
  if (answer?.ok !== true) {
    const failed = failedChecks(limits, answer?.why ?? finished.why ?? "the strategy failed");
    for (const check of failed) progress.onCheck?.(check);
    return { ...about, trials: 0, checks: failed };
  }
  const subject = await gateSubject({ ready, source, parameters, settings: costly, judged: answer.result, limits, seed, stop: open.stop });
  const answered: GateCheck[] = [];
  for (const check of checks) {
    progress.onStart?.(check.name);
    const found = await askCheck(check, subject, open.stop);
    answered.push(found);
    progress.onCheck?.(found);
  }
  return { ...about, trials: subject.trials.count, checks: answered };
}

/** Chance that nobody chooses: of the bars alone, so that asking again, or with a word changed in a comment, draws nothing new. */
function seedOf(bars: readonly string[]): number {
  return Number.parseInt(sha256(bars.join(" ")).slice(0, 12), 16);
}
