import { systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import type { BacktestResult, Intent } from "../backtest/backtest.ts";
import { intentStrategy } from "../backtest/intent-strategy.ts";
import { runBacktest } from "../backtest/run-backtest.ts";
import type { BarStrategy } from "../strategy/bar-strategy.ts";
import { signalStrategy } from "../strategy/signal-strategy.ts";
import { readAnswer, type StrategyAnswer } from "./strategy-answer.ts";
import type { WholeTask } from "./strategy-job.ts";
import type { TaskAnswer } from "./strategy-source.ts";

/** How often the time is looked at; at every bar while more orders than these rest, since each of them is looked at there. */
const barsBetweenLooks = 64;
const crowd = 1000;

/**
 * Trades what a container answered once more, here, on the bars that are here: the only result there is. Orders that can be asked for in a few bytes may
 * cost an engine hours, so it ends after `timeoutMs` as the container would.
 */
export function replayAnswer(data: Uint8Array, task: WholeTask, language: "typescript" | "python", timeoutMs: number): TaskAnswer {
  const answer = readAnswer(data, task.bars, language);
  if (answer.kind === "failure") return { ok: false, why: answer.why, outcome: answer.outcome };
  try {
    return { ok: true, result: trade(answer, task, systemClock.monotonicMs() + timeoutMs) };
  } catch (thrown) {
    if (thrown instanceof Error && thrown.cause instanceof Overdue)
      return { ok: false, why: "the orders that it asked for take too long to trade", outcome: "timeout" };
    if (!(thrown instanceof AgentctlError)) throw thrown;
    return { ok: false, why: `${thrown.code}: ${thrown.message}`, outcome: "failed" };
  }
}

class Overdue extends Error {}

function trade(answer: Exclude<StrategyAnswer, { kind: "failure" }>, { settings, parameters, bars }: WholeTask, deadlineMs: number): BacktestResult {
  if (answer.kind === "columns") return runBacktest({ settings, bars, strategy: timed(signalStrategy(answer.columns), deadlineMs), parameters });
  const { firstStep, intents } = answer;
  const called = new Calls(intents);
  const inner = timed(intentStrategy(intents, firstStep), deadlineMs);
  const strategy: BarStrategy = {
    start: (setup) => inner.start?.(setup),
    onBar(now) {
      called.at(now.step);
      inner.onBar(now);
    },
  };
  const result = runBacktest({ settings, bars, strategy, parameters });
  const missed = called.missed();
  if (missed === undefined) return result;
  throw new AgentctlError("backtest/bad-intent", `it asks for an order at step ${missed.step}, at which it was not called`);
}

/** The strategy, until its time is over. */
function timed(inner: BarStrategy, deadlineMs: number): BarStrategy {
  let calls = 0;
  return {
    start: (setup) => inner.start?.(setup),
    onBar(now) {
      calls += 1;
      const looks = calls % barsBetweenLooks === 0 || now.markets.some((market) => market.pending > crowd);
      if (looks && systemClock.monotonicMs() > deadlineMs) throw new Overdue();
      inner.onBar(now);
    },
  };
}

/** Which intents are of steps that the strategy was called for. */
class Calls {
  readonly #intents: readonly Intent[];
  #next = 0;
  #missed: Intent | undefined;

  constructor(intents: readonly Intent[]) {
    this.#intents = intents;
  }

  at(step: number): void {
    for (let intent = this.#intents[this.#next]; intent !== undefined && intent.step <= step; intent = this.#intents[this.#next]) {
      if (intent.step < step) this.#missed ??= intent;
      this.#next += 1;
    }
  }

  missed(): Intent | undefined {
    return this.#missed ?? this.#intents[this.#next];
  }
}
