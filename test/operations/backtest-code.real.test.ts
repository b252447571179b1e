import { join } from "node:path";
import { expect, it } from "vitest";
import { findBacktest } from "../../src/operations/find-backtest.ts";
import { codeTemplates } from "../../src/strategy/template/code.ts";
import { cli } from "../support/cli.ts";
import { describeReal } from "../support/engine.ts";
import { smaCross, strategyWorkspace } from "../support/strategies.ts";

/** A strategy in code with the parameters of the declared one. */
function coded(name: string, language: "typescript" | "python", text: string): Record<string, string> {
  const file = language === "python" ? "signals.py" : "strategy.ts";
  return { ...smaCross(name, { signals: undefined, code: { language, file } }), [`strategies/${name}/${file}`]: text };
}

const throws = "export const strategy = { onBar(now: any) { if (now.step === 7) throw new Error('no more') } };\n";

describeReal("backtests of strategies in code", () => {
  it("run, are on record with their image, and are reproduced in it from what git holds", async () => {
    const { dir, write } = strategyWorkspace({
      ...coded("bar-by-bar", "typescript", codeTemplates.typescript.text),
      ...coded("columns", "python", codeTemplates.python.text),
    });
    for (const name of ["bar-by-bar", "columns"]) {
      const ran = await cli(dir, ["backtest", "run", name, "--json"]);
      const { backtest } = ran.json() as { backtest: { backtest: string; trades: number } };
      expect(backtest.trades).toBeGreaterThan(10);
      const { started } = await findBacktest(join(dir, ".git/agentctl"), backtest.backtest);
      expect(started.image).toMatch(/^sha256:[0-9a-f]{64}$/);
      write({ [`strategies/${name}/strategy.yaml`]: "broken: [" });
      const again = await cli(dir, ["backtest", "reproduce", backtest.backtest]);
      expect(again.stdout).toMatch(/^identical {2}orders sha256:/);
    }
  }, 180_000);

  it("that throw or never end are on record with where, and end with 1 and 124", async () => {
    const { dir } = strategyWorkspace({
      ...coded("thrower", "typescript", throws),
      ...coded("endless", "typescript", "export const strategy = { onBar() { for (;;); } };\n"),
      "agentctl.yaml": "profile: small\nlimits:\n  timeoutMs: 3000\n",
    });
    const threw = await cli(dir, ["backtest", "run", "thrower"], { expectExit: 1 });
    expect(threw.stderr).toMatch(
      /\nfailed {2}strategies\/thrower\/strategy\.ts:1: Error: no more \(bar 7, closed 2000-01-13T00:00:00\.000Z\)\non record {2}bt-/,
    );
    const endless = await cli(dir, ["backtest", "run", "endless"], { expectExit: 124 });
    expect(endless.stderr).toMatch(/\ntimeout {2}.*3000 ms/);
    const list = (await cli(dir, ["backtest", "--json"])).json() as { outcome: string; trades: number | null }[];
    expect(list.map(({ outcome, trades }) => [outcome, trades])).toEqual([
      ["timeout", null],
      ["failed", null],
    ]);
  }, 180_000);
});
