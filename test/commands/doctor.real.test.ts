import { expect, test } from "vitest";
import type { Check } from "../../src/operations/check.ts";
import type { Enforcement } from "../../src/operations/prove-enforcement.ts";
import { findReal } from "../runner/real.ts";
import { cli } from "../support/cli.ts";
import { folder, workspace } from "../support/workspace.ts";

const real = await findReal();

test.skipIf(real === undefined)("with an engine and images nothing required is missing, and the limits were tried", async () => {
  const ws = workspace();
  await cli(ws.dir, ["init"]);
  ws.commit();
  const { checks, ok } = (await cli(ws.dir, ["doctor", "--clean", "--json"])).json() as { ok: boolean; checks: Check[] };
  expect(ok).toBe(true);
  const levels = Object.fromEntries(checks.map(({ id, level }) => [id, level]));
  expect(levels).toMatchObject({
    node: "ok",
    git: "ok",
    workspace: "ok",
    policies: "ok",
    state: "ok",
    duckdb: "ok",
    engine: "ok",
    limits: "ok",
    orphans: "ok",
  });
  expect(checks.find(({ id }) => id === "limits")?.found).toMatch(/^limits are enforced: memory oom after .* s, fork-bomb \d+ of 200 started$/);
});

test.skipIf(real === undefined)("--prove tries the known ways out, and none that should hold is open", async () => {
  const { json, stderr } = await cli(folder(), ["doctor", "--prove", "--json"]);
  const { probes } = json() as Enforcement;
  expect(probes.length).toBeGreaterThanOrEqual(32);
  expect(probes.filter((probe) => probe.expected === "held" && !probe.held)).toEqual([]);
  expect(stderr).toMatch(/^\d{2,} tried · \d+ held · \d+ open by nature · 0 failed$/m);
});
