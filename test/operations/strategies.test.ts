import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { listStrategies } from "../../src/operations/list-strategies.ts";
import { checkStrategies } from "../../src/operations/check-strategies.ts";
import { createStrategy } from "../../src/operations/new-strategy.ts";
import { showStrategy } from "../../src/operations/show-strategy.ts";
import { codeTemplates } from "../../src/strategy/template/code.ts";
import { recordState, started } from "../support/record.ts";
import { shipped } from "../support/skills.ts";
import { folder, workspace, type TestWorkspace } from "../support/workspace.ts";

const odd = `name: odd
about: Is fine by itself.
markets: [sp500-daily]
timeframe: 1d
signals: { enterLong: "cross_over(close, open)", exitLong: "cross_under(close, open)" }
costs: { taker: 0.001 }
`;

const withData = (files: Record<string, string> = {}): TestWorkspace => workspace({ "agentctl.yaml": "profile: small\n", ...shipped("data"), ...files });
const create = (dir: string, name: string, market?: string): unknown => createStrategy({ cwd: dir, env: {}, name, kind: "declared", market });
const check = async (dir: string, name: string, strict = false): Promise<{ passed: boolean; said: string[] }> => {
  const { passed, report } = await checkStrategies({ cwd: dir, env: {}, names: [name], strict });
  return { passed, said: report.checks.flatMap(({ findings }) => findings.map(({ level, rule, file }) => `${level} ${rule} ${file}`)) };
};

test("new: names that can name nothing", () => {
  const { dir } = withData();
  for (const name of ["../out", "My_Idea", "a--b", ".x", "", "a".repeat(65)])
    expect(() => create(dir, name)).toThrow(expect.objectContaining({ code: "strategy/bad-name", exit: "usage" }));
});

test("new: unknown data, and no data at all", () => {
  expect(() => create(withData().dir, "idea", "sp500-dayly")).toThrow(expect.objectContaining({ code: "strategy/no-data", hint: "did you mean sp500-daily?" }));
  const bare = workspace({ "agentctl.yaml": "profile: small\n" });
  expect(() => create(bare.dir, "idea")).toThrow(expect.objectContaining({ code: "strategy/no-data", message: "the workspace has no data set to trade on" }));
});

test("new: a link in the room's place is not written through", () => {
  const { dir } = withData();
  symlinkSync(folder(), join(dir, "strategies"));
  expect(() => create(dir, "idea")).toThrow(expect.objectContaining({ code: "strategy/not-written" }));
});

test("check: strict counts warnings", async () => {
  const costless = withData({ "strategies/odd/strategy.yaml": odd.replace("taker: 0.001", "taker: 0"), "strategies/odd/README.md": "# odd\n" });
  expect(await check(costless.dir, "odd")).toEqual({ passed: true, said: ["warning strategy/no-costs strategies/odd/strategy.yaml"] });
  expect(await check(costless.dir, "odd", true)).toEqual({ passed: false, said: ["error strategy/no-costs strategies/odd/strategy.yaml"] });
});

test("check: the types of TypeScript, against the engine's declarations and not those that lie there", async () => {
  const { dir } = withData();
  createStrategy({ cwd: dir, env: {}, name: "idea", kind: "typescript", market: "sp500-daily" });
  expect(await check(dir, "idea", true)).toEqual({ passed: true, said: [] });
  writeFileSync(join(dir, "strategies/idea/strategy.ts"), codeTemplates.typescript.text.replace("market.buy()", 'market.buy({ units: "all" })'));
  writeFileSync(join(dir, "strategies/types.d.ts"), "export type BarStrategy = any; export type ParameterValues = any; export type Series = any;\n");
  expect(await check(dir, "idea")).toEqual({ passed: false, said: ["error scan/typescript-TS2322 strategies/idea/strategy.ts"] });
});

test("check: files that are links or no text are refused by name, and so is a folder without strategy.yaml", async () => {
  const { dir } = withData({ "strategies/odd/strategy.yaml": odd, "strategies/odd/README.md": "# odd\n" });
  mkdirSync(join(dir, "strategies/empty"));
  writeFileSync(join(dir, "strategies/odd/blob.bin"), Buffer.from([0xff, 0xfe, 0x00]));
  symlinkSync("/etc/passwd", join(dir, "strategies/odd/passwd"));
  const { passed, said } = await check(dir, "odd");
  expect(passed).toBe(false);
  expect(said.toSorted()).toEqual(["error scan/not-a-plain-file strategies/odd/passwd", "error strategy/not-text strategies/odd/blob.bin"]);
  expect(await check(dir, "empty")).toEqual({ passed: false, said: ["error strategy/no-strategy strategies/empty"] });
  rmSync(join(dir, "strategies/odd/passwd"));
  rmSync(join(dir, "strategies/odd/blob.bin"));
  expect(await check(dir, "odd")).toEqual({ passed: true, said: [] });
});

test("what a strategy includes is part of its digest, and must be there", async () => {
  const code = odd.replace(/signals: .*/, "code: { language: python, file: signals.py }\ninclude: [shared/trend.py]");
  const files = { "strategies/odd/strategy.yaml": code, "strategies/odd/signals.py": "import shared.trend\n", "strategies/odd/README.md": "# odd\n" };
  expect((await check(withData(files).dir, "odd")).said).toContain("error strategy/include strategies/shared/trend.py");
  const whole = withData({ ...files, "strategies/shared/trend.py": "window = 3\n" });
  const show = async (): ReturnType<typeof showStrategy> => showStrategy({ cwd: whole.dir, env: {}, name: "odd" });
  const before = await show();
  expect(before.files.map(({ path }) => path)).toEqual(["strategies/odd/signals.py", "strategies/odd/strategy.yaml", "strategies/shared/trend.py"]);
  whole.write({ "strategies/odd/README.md": "# another page\n" });
  expect((await show()).digest).toBe(before.digest);
  whole.write({ "strategies/shared/trend.py": "window = 4\n" });
  expect((await show()).digest).not.toBe(before.digest);
});

test("what the gate said last is shown for the very files that it judged", async () => {
  const { dir, write } = withData({ "strategies/odd/strategy.yaml": odd, "strategies/odd/README.md": "# odd\n" });
  const { digest } = await showStrategy({ cwd: dir, env: {}, name: "odd" });
  const journal = recordState({ stateDir: join(dir, ".git/agentctl") }).begin("r-1");
  await journal.append("run.started", started);
  const check = { figure: 2, relation: "≥", threshold: 30, found: "2 closed trades", meaning: "too few to tell" } as const;
  const judged = { strategy: "odd", digest, data: [], parameters: {}, seed: 1, durationMs: 9 };
  await journal.append("gate.finished", { ...judged, gate: "g-1", passed: true, trials: 1, checks: [{ check: "trades", passed: true, ...check }] });
  await journal.append("gate.finished", { ...judged, gate: "g-2", passed: false, trials: 7, checks: [{ check: "trades", passed: false, ...check }] });
  journal.close();

  const said = { passed: false, failed: ["trades"], at: "2026-11-21T12:00:03Z" };
  expect((await listStrategies({ cwd: dir, env: {} })).map(({ gate }) => gate)).toEqual([said]);
  expect((await showStrategy({ cwd: dir, env: {}, name: "odd" })).gate).toEqual({ ...said, gate: "g-2", trials: 7 });
  write({ "strategies/odd/strategy.yaml": odd.replace("0.001", "0.002") });
  expect((await listStrategies({ cwd: dir, env: {} })).map(({ gate }) => gate)).toEqual([null]);
});
