import { expect, it } from "vitest";
import { cli } from "../../support/cli.ts";
import { describeReal } from "../../support/engine.ts";
import { strategyWorkspace } from "../../support/strategies.ts";

interface Run {
  backtest: { backtest: string; outcome: string; why?: string; trades: number; ordersSha256: string; tradesSha256: string; equitySha256: string };
}

describeReal("a strategy in code", () => {
  it("from `strategy new` to `backtest reproduce`: the same orders as its declared twin, in both languages", async () => {
    const { dir, commit } = strategyWorkspace();
    const kinds = ["declared", "typescript", "python"];
    for (const kind of kinds) await cli(dir, ["strategy", "new", `a-${kind}`, "--kind", kind]);
    commit();
    const digests: unknown[] = [];
    for (const kind of kinds) {
      const { backtest } = (await cli(dir, ["backtest", "run", `a-${kind}`, "--json"])).json() as Run;
      expect(backtest.trades).toBeGreaterThan(50);
      digests.push([backtest.ordersSha256, backtest.tradesSha256, backtest.equitySha256]);
      const again = await cli(dir, ["backtest", "reproduce", backtest.backtest]);
      expect(again.stdout).toMatch(/^identical /);
    }
    expect(digests[1]).toEqual(digests[0]);
    expect(digests[2]).toEqual(digests[0]);
  });

  it("that breaks, or has no end, is on record with its own words", async () => {
    const { dir, write, commit } = strategyWorkspace();
    await cli(dir, ["strategy", "new", "breaks", "--kind", "typescript"]);
    write({
      "agentctl.yaml": "profile: small\nlimits: { timeoutMs: 1500 }\n",
      "strategies/breaks/strategy.ts": `export const strategy = { onBar({ step }: { step: number }) {\n  if (step === 3) throw new Error("no \\u001b[31mmore");\n} };\n`,
    });
    commit();
    const failed = await cli(dir, ["backtest", "run", "breaks"], { expectExit: 1 });
    expect(failed.stdout + failed.stderr).toContain("strategies/breaks/strategy.ts:2: Error: no «U+001B»[31mmore (bar 3, closed 2000-01-07T00:00:00.000Z)");
    write({ "strategies/breaks/strategy.ts": "for (;;);\n" });
    const endless = await cli(dir, ["backtest", "run", "breaks"], { expectExit: 124 });
    expect(endless.stdout + endless.stderr).toContain("it did not end within 1500 ms (limits.timeoutMs)");
    const { json } = await cli(dir, ["query", "SELECT outcome FROM backtests ORDER BY started", "--format", "json"]);
    expect(json()).toEqual([{ outcome: "failed" }, { outcome: "timeout" }]);
  });
});
