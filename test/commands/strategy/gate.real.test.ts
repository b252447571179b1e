import { expect, it } from "vitest";
import { cli } from "../../support/cli.ts";
import { describeReal } from "../../support/engine.ts";
import { shipped } from "../../support/skills.ts";
import { strategyWorkspace } from "../../support/strategies.ts";

describeReal("strategy gate of code", () => {
  it("bad-look-ahead is refused by look-ahead: in a container that never held the later bars, its orders change", async () => {
    const { dir } = strategyWorkspace(shipped("strategies/bad-look-ahead"));
    const { gate } = (await cli(dir, ["strategy", "gate", "bad-look-ahead", "--json"], { expectExit: 6 })).json() as {
      gate: { checks: { check: string; passed: boolean; figure: number; found: string }[] };
    };
    // Bars without order hold as much of the future as those in order.
    expect(gate.checks.filter(({ passed }) => !passed).map(({ check }) => check)).toEqual(["look-ahead", "permutation"]);
    const found = gate.checks.find(({ check }) => check === "look-ahead")!;
    expect(found.figure).toBeGreaterThan(20);
    expect(found.found).toMatch(/^\d of 24 prefixes agree/);
  });
});
