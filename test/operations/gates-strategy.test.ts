import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { askAbout } from "../support/gates.ts";
import { proposalWorld } from "../support/proposals.ts";

test("a changed strategy is held to the limits of the protected branch; one that is shipped to show a mistake never passes", async () => {
  const world = proposalWorld({ rooms: ["strategies", "data", "skills"] });
  const path = "strategies/bad-never-trades/strategy.yaml";
  const text = readFileSync(join(world.dir, path), "utf8");
  const loose = readFileSync(join(world.dir, "policies/strategies/policy.yaml"), "utf8").replace(/^( +trades: )\d+/m, "$10");
  const judged = await askAbout(world, "strategy", { [path]: `${text}# A word.\n`, "policies/strategies/policy.yaml": loose });
  expect(judged.verdict).toBe("failed");
  expect(judged.summary).toMatch(/^0 of 1 strategy/);
  expect(judged.told).toEqual(expect.arrayContaining([`error gate/known-bad ${path}`, `error gate/trades ${path}`]));
});
