import type { BacktestResult } from "../backtest/backtest.ts";
import type { BacktestSettings } from "../backtest/settings.ts";
import type { ParameterValues } from "../strategy/bar-strategy.ts";
import type { Bars } from "../strategy/bars.ts";
import type { Strategy } from "../strategy/strategy.ts";
import type { SourceFile } from "../base/document.ts";
import type { DataSet } from "../market/data-set.ts";
import type { Authority } from "./load-authority.ts";
import type { OpenRun } from "./in-run.ts";

/** A strategy that was found and read, with its data at hand; nothing of it has run. */
export interface ReadyStrategy {
  strategy: Strategy;
  /** The files that an outcome depends on: those of its folder (but README.md and tests/) and what it includes; paths relative to strategies/. */
  files: readonly SourceFile[];
  /** Digest over these files: the whole of what its code can import, since nothing else is in its container. */
  digest: string;
  /** Whether these are the files of the protected commit, and the manifests of its data are. */
  committed: boolean;
  /** One a market, in the order of strategy.yaml, at the strategy's timeframe. */
  data: readonly { set: DataSet; bars: Bars }[];
  settings: BacktestSettings;
  authority: Authority;
  stateDir: string;
}

/** As much of it as running and recording need: bars outlive the file that described their data set. */
export type RunnableStrategy = Omit<ReadyStrategy, "data"> & {
  readonly data: readonly { set: Pick<DataSet, "name" | "symbol" | "timeframe" | "sha256">; bars: Bars }[];
};

/** One backtest that is wanted. */
export interface Task {
  parameters: ParameterValues;
  /** Instead of the strategy's own settings and bars. */
  settings?: BacktestSettings | undefined;
  bars?: readonly Bars[] | undefined;
}

export type TaskAnswer =
  | { ok: true; result: BacktestResult }
  /** The strategy's own failure: it threw, ran out of time or memory, or answered nonsense. */
  | { ok: false; why: string; outcome: "failed" | "timeout" | "oom" };

export interface RunTasks {
  /** Each task in a container of its own, which holds no other task's bars. */
  isolated?: boolean | undefined;
  /** Called as answers come in, in any order; `number` is the task's place in the list. */
  onAnswer?: ((number: number, answer: TaskAnswer) => void) | undefined;
}

/** Where the orders of a strategy come from: columns compiled here, or code in a container whose answers are traded again here. */
export interface StrategySource {
  /** Image id that its code ran in; undefined when none runs. */
  readonly image: string | undefined;
  /** Answers in the order of the tasks. */
  run(tasks: readonly Task[], options?: RunTasks): Promise<TaskAnswer[]>;
  close(): Promise<void>;
}

/** What a source may use of the run it works in. */
export type SourceRun = Pick<OpenRun, "run" | "stateDir" | "recorder" | "stop">;
