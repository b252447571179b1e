import { expect, it } from "vitest";
import type { RunExperimentResult } from "../../../src/operations/run-experiment.ts";
import { cli } from "../../support/cli.ts";
import { describeReal } from "../../support/engine.ts";
import { smaCross, strategyWorkspace } from "../../support/strategies.ts";

/** Long above the mean of the last closes; throws for one value of its parameter. */
const code = `
def signals(bars, parameters):
    period = parameters["period"]
    if period == 7:
        raise ValueError("seven is not for me")
    closes = list(bars.close)
    above = [t >= period and closes[t] > sum(closes[t - period:t]) / period for t in range(len(closes))]
    return {"warmup": period, "enterLong": above, "exitLong": [not value for value in above]}
`;

describeReal("experiment run of a strategy in code", () => {
  it("tries variants in containers, and a variant that fails is a trial as well", async () => {
    const { dir } = strategyWorkspace({
      ...smaCross("mean", {
        parameters: { period: { type: "integer", default: 5, min: 5, max: 9 } },
        constraints: [],
        signals: undefined,
        code: { language: "python", file: "signals.py" },
      }),
      "strategies/mean/signals.py": code,
    });
    const { experiment } = (await cli(dir, ["experiment", "run", "mean", "--to", "2004-12-31", "--json"])).json() as RunExperimentResult;
    expect(experiment).toMatchObject({ variants: 5, scored: 4, failed: 1, trials: 5 });
    expect(experiment?.why).toContain("seven is not for me");
    const best = experiment?.best;
    const single = (
      await cli(dir, ["backtest", "run", "mean", "--to", "2004-12-31", "--param", `period=${Number(best?.parameters["period"])}`, "--json"])
    ).json() as { backtest: { metrics: Record<string, number | null> } };
    expect(best?.sharpe).toBeCloseTo(single.backtest.metrics["sharpe"] ?? Number.NaN, 9);
    expect(best?.maxDrawdown).toBeCloseTo(single.backtest.metrics["maxDrawdown"] ?? Number.NaN, 9);
  });
});
