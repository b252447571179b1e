import type { ParameterValues } from "../../strategy/bar-strategy.ts";
import type { PlannedBacktest } from "../backtest-strategy.ts";
import { reasonOf } from "./reason.ts";
import { isAsTold, notAsTold, tell } from "./told.ts";
import type { Tool, ToolAction, ToolContext } from "./tool.ts";

/** A backtest of a committed strategy, decided and recorded as a person's is; each variant counts as tried. */
export const backtest: Tool = {
  name: "backtest",
  class: "B",
  repeatable: true,
  description: [
    "Backtest a strategy of this workspace (strategies/<name>) on its committed bars, with its costs. Parameters that are not given have the strategy's",
    "defaults. Every variant that you try goes on the record and counts against the strategy at the gate: try few, and for a reason. The answer holds the",
    "key metrics, what there is to worry about, and the id; `query` finds orders, trades and equity by it.",
  ].join(" "),
  parameters: {
    type: "object",
    additionalProperties: false,
    required: ["strategy"],
    properties: {
      strategy: { type: "string", minLength: 1, maxLength: 128, description: "Its name, e.g. sma-cross" },
      parameters: {
        type: "object",
        maxProperties: 64,
        additionalProperties: { type: ["number", "string", "boolean"], maxLength: 200 },
        description: "In place of defaults, by name.",
      },
      from: { type: "string", maxLength: 32, description: "The first day that is traded (UTC), e.g. 2010-01-01; earlier bars warm up." },
      to: { type: "string", maxLength: 32, description: "The last day that is traded (UTC)." },
    },
  },
  async actions(args, context) {
    const plan = await planned(args, context);
    return tell(context, [actionOf(plan)], digestsOf(plan));
  },
  async run(args, context) {
    try {
      const plan = await planned(args, context);
      if (!isAsTold(context, [actionOf(plan)], digestsOf(plan))) return notAsTold(`the strategy ${plan.ready.strategy.name}, or its data,`);
      const [{ runPlanned }, { backtestReply }] = await Promise.all([import("../backtest-strategy.ts"), import("./backtest-reply.ts")]);
      const { open, env, decision, signal } = context;
      return backtestReply(await runPlanned({ ...open, stop: AbortSignal.any([open.stop, signal]) }, plan, { env, decision }));
    } catch (thrown) {
      return reasonOf(thrown, context);
    }
  },
};

async function planned(args: Record<string, unknown>, { authority, env }: Pick<ToolContext, "authority" | "env">): Promise<PlannedBacktest> {
  const { planBacktest } = await import("../backtest-strategy.ts");
  const { strategy, parameters = {}, from, to } = args as { strategy: string; parameters?: ParameterValues; from?: string; to?: string };
  return planBacktest({ cwd: authority.workspace.root, env, name: strategy, parameters, from, to });
}

/** The same facts as of a person's backtest: whether files and data are the committed ones is for policy to judge. */
function actionOf({ ready, parameters }: PlannedBacktest): ToolAction {
  const { strategy, digest, committed, data } = ready;
  const { signals } = strategy;
  return {
    action: "backtest.run",
    class: "B",
    ...(signals.kind === "code" && { runner: signals.language === "python" ? "python" : "node" }),
    args: {
      strategy: strategy.name,
      digest,
      committed,
      data: data.map(({ set }) => set.name),
      parameters,
    },
  };
}

/** Of its bars: policy is told their names. */
function digestsOf({ ready }: PlannedBacktest): string[] {
  return ready.data.map(({ set }) => set.sha256);
}
