import type { ActionRequest, Decision } from "../policy/request.ts";
import { decidedAction, type DecidedRun } from "./decided-action.ts";
import type { OpenRun, RunOutcome } from "./in-run.ts";
import { personName } from "./person.ts";
import type { RunnableStrategy } from "./strategy-source.ts";

export interface TradingAsked {
  /** The words typed. */
  command: string;
  env: NodeJS.ProcessEnv;
  /** What policy may look at beside strategy, digest, committed and data; masked before it sees them. */
  args?: { readonly [name: string]: unknown } | undefined;
  /** The longest that it may take, which the budgets have to bear. */
  timeoutMs: number;
  onDecision?: ((run: string, decision: Decision) => void) | undefined;
}

/**
 * Works on a strategy as one run: decided as `backtest.run`, borne by the budgets, recorded. Backtests, experiments and the gate go through here. A
 * denial and a limit reached are results; what `work` throws is recorded and thrown on.
 */
export async function tradingRun<T>(
  ready: Pick<RunnableStrategy, "strategy" | "digest" | "committed" | "data" | "authority" | "stateDir">,
  asked: TradingAsked,
  work: (open: OpenRun, decision: Decision) => Promise<{ outcome: RunOutcome; value: T }>,
): Promise<DecidedRun<T>> {
  const { strategy, digest, committed, data } = ready;
  const request: ActionRequest = {
    action: "backtest.run",
    class: "B",
    actor: { kind: "person", name: personName() },
    ...(strategy.signals.kind === "code" && { runner: strategy.signals.language === "python" ? "python" : "node" }),
    args: { strategy: strategy.name, digest, committed, data: data.map(({ set }) => set.name), ...asked.args },
  };
  const { command, env, timeoutMs, onDecision } = asked;
  return decidedAction(ready, { command, request, amounts: { wallMs: timeoutMs }, env, onDecision }, work);
}
