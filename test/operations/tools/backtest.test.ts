import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { backtestStrategy } from "../../../src/operations/backtest-strategy.ts";
import { backtest } from "../../../src/operations/tools/backtest.ts";
import { recordsOf } from "../../support/skills.ts";
import { smaCross, strategyWorkspace } from "../../support/strategies.ts";
import { called, inContext } from "./in-context.ts";

test("a committed strategy is backtested within the agent's run, and recorded as a person's is", async () => {
  const { dir } = strategyWorkspace();
  const { decisions, result, run } = await called(dir, backtest, { strategy: "sma-cross", parameters: { fast: 20 }, from: "2010-01-01", to: "2015-12-31" });
  expect(decisions).toMatchObject([{ effect: "allow", rules: ["autonomy/level-2-works", "strategies/agents-backtest-from-level-2"] }]);
  const records = recordsOf(dir).find((each) => each[0]!.run === run)!;
  expect(records.map(({ kind }) => kind)).toEqual(["run.started", "backtest.started", "backtest.finished", "run.finished"]);
  const { backtest: id } = records[1]!.data as { backtest: string };
  expect(records[1]!.data).toMatchObject({ decision: "d-test", committed: true, parameters: { fast: 20, slow: 30 } });
  expect(result).toMatchObject({ outcome: "ok", data: { backtest: id, strategy: "sma-cross", committed: true, outcome: "ok" } });
  expect(result?.text).toMatch(new RegExp(`^backtest ${id} of sma-cross ended well\nparameters: fast=20 slow=30\ndata: sp500-daily, \\d+ bars`));
  for (const metric of ["totalReturn: ", "cagr: ", "sharpe: ", "maxDrawdown: ", "profitFactor: "]) expect(result?.text).toContain(`\n${metric}`);
  expect(result?.text).toContain("warning: ");
  const asked = decisions[0]!.request.args!;
  const person = await backtestStrategy({ cwd: dir, env: {}, name: "sma-cross", parameters: { fast: "20" }, from: "2010-01-01", to: "2015-12-31" });
  expect(person.decision.request.args).toEqual(asked);
  expect(person.backtest?.metrics).toEqual((result!.data as { metrics: unknown }).metrics);
  expect(person.backtest?.variant).toBe((result!.data as { variant: unknown }).variant);
});

test("an edit that is not committed is for people: agents are told so, and nothing runs", async () => {
  const at = strategyWorkspace();
  at.write(smaCross("sma-cross", { sizing: { kind: "equity", share: 0.5 } }));
  const { decisions, result } = await called(at.dir, backtest, { strategy: "sma-cross" }, { agent: { level: 4 } });
  expect(decisions).toMatchObject([{ effect: "deny", rules: ["strategies/agents-backtest-what-is-committed"], request: { args: { committed: false } } }]);
  expect(result).toBeUndefined();
});

test("what changes between the answer and the work does not run", async () => {
  const at = strategyWorkspace();
  const edited = smaCross("sma-cross", { sizing: { kind: "equity", share: 0.5 } })["strategies/sma-cross/strategy.yaml"]!;
  const between = (): void => writeFileSync(join(at.dir, "strategies/sma-cross/strategy.yaml"), edited);
  const { result, run } = await called(at.dir, backtest, { strategy: "sma-cross" }, { between });
  expect(result).toMatchObject({ outcome: "refused", text: expect.stringContaining("has changed since this call was decided; nothing ran") });
  expect(
    recordsOf(at.dir)
      .find((each) => each[0]!.run === run)!
      .map(({ kind }) => kind),
  ).toEqual(["run.started", "run.finished"]);
});

test("a call that policy was told nothing of does not run", async () => {
  const { dir } = strategyWorkspace();
  const result = await inContext(dir, {}, (context) => backtest.run({ strategy: "sma-cross" }, context));
  expect(result).toMatchObject({ outcome: "refused" });
});

test.each<[string, Record<string, unknown>, string, RegExp]>([
  ["a name that is near one", { strategy: "sma-cros" }, "strategy/unknown", /did you mean sma-cross/],
  ["a parameter that there is not", { strategy: "sma-cross", parameters: { fastt: 3 } }, "strategy/bad-parameter", /did you mean fast/],
  ["a value out of range", { strategy: "sma-cross", parameters: { fast: 900 } }, "strategy/bad-parameter", /strategy show/],
  ["constraints", { strategy: "sma-cross", parameters: { fast: 50, slow: 20 } }, "strategy/bad-parameter", /strategy show/],
  ["a day that is none", { strategy: "sma-cross", from: "2010-02-31" }, "backtest/bad-date", /2010-12-31/],
  ["a time without bars", { strategy: "sma-cross", from: "2030-01-01" }, "backtest/no-bars", /agentctl data/],
])("%s is refused in words before policy is asked", async (_what, args, code, hint) => {
  const { dir } = strategyWorkspace();
  await expect(called(dir, backtest, args)).rejects.toMatchObject({ code, hint: expect.stringMatching(hint) });
});
