import { chmodSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { AgentctlError } from "../../src/base/errors.ts";
import { judgeEngine, judgeImages, type EngineFacts } from "../../src/operations/check-engine.ts";
import { checkNode, judgeDisk, judgeMemory } from "../../src/operations/check-machine.ts";
import { checkWorkspace } from "../../src/operations/check-workspace.ts";
import { atLeast, attempt, type Check } from "../../src/operations/check.ts";
import { loadConfig } from "../../src/workspace/config.ts";
import { ensureStateDir, findWorkspace } from "../../src/workspace/find.ts";
import { setHalt } from "../../src/ledger/halt.ts";
import { cli } from "../support/cli.ts";
import { folder, workspace, type TestWorkspace } from "../support/workspace.ts";

const short = (checks: readonly Check[]): string[] =>
  checks.map(({ id, level, required }) => `${level} ${id}${level === "miss" && !required ? " (optional)" : ""}`);
const facts: EngineFacts = {
  version: "27.1.1",
  where: "local",
  runc: "1.3.3",
  cpus: 8,
  limits: { memory: true, swap: true, pids: true, cpu: true },
  seccomp: true,
  rootless: false,
};

test("versions are compared by their numbers", () => {
  expect(["2.39.5", "2.39", "2.40", "10.0"].map((version) => atLeast(version, "2.39.0"))).toEqual([true, true, true, true]);
  expect(["2.38.9", "1.99", "", "2"].map((version) => atLeast(version, "2.39.0"))).toEqual([false, false, false, false]);
  expect(atLeast("1.1.5+ds1", "1.1.12")).toBe(false);
});

test("what a check throws is its finding, with the hint as mend", async () => {
  const thrown = await attempt("x", () => {
    throw new AgentctlError("a/b", "it broke\nbadly", { hint: "mend it" });
  });
  expect(thrown).toEqual([{ id: "x", level: "miss", required: true, found: "it broke", mend: "mend it" }]);
});

test("node, disk and memory are judged against what is needed", () => {
  expect(short([...checkNode("24.15.0"), ...checkNode("24.14.9"), ...checkNode("22.20.0")])).toEqual(["ok node", "miss node", "miss node"]);
  expect(short([judgeDisk(5000, "/"), judgeDisk(2000, "/"), judgeDisk(100, "/")])).toEqual(["ok disk", "warn disk", "miss disk"]);
  expect(short([judgeMemory(4096, 256), judgeMemory(300, 256)])).toEqual(["ok memory", "warn memory"]);
});

test("an engine that cannot limit, or has no seccomp, is missing something required; an old runc is a warning", () => {
  expect(judgeEngine(facts)).toEqual([{ id: "engine", level: "ok", required: false, found: "docker 27.1.1 (local, 8 cpus)" }]);
  const poor = judgeEngine({ ...facts, rootless: true, runc: "1.1.5+ds1", seccomp: false, limits: { memory: true, swap: false, pids: false, cpu: true } });
  expect(short(poor)).toEqual(["ok engine", "warn runc", "miss engine/limits", "miss engine/seccomp"]);
  expect(poor[2]?.found).toBe("the engine cannot limit swap, pids");
});

test("images that are not built, or not built anew, are named with the command that builds them", () => {
  const checks = judgeImages([
    { name: "node", image: undefined },
    { name: "python", image: { id: "sha256:0123456789abcdef", stale: false } },
    { name: "shell", image: { id: "sha256:ff", stale: true } },
  ]);
  expect(short(checks)).toEqual(["ok images", "miss image/node (optional)", "warn image/shell"]);
  expect(checks.map(({ found, mend }) => mend ?? found)).toEqual([
    "images python sha256:01234567",
    "agentctl runner build node",
    "agentctl runner build shell",
  ]);
});

async function look(ws: TestWorkspace, env: NodeJS.ProcessEnv = {}): Promise<Check[]> {
  const found = findWorkspace(ws.dir, env);
  return await checkWorkspace(found, loadConfig(found.root, env), env);
}

const policy = "name: a\ndescription: the policy of a test\nrules:\n  - id: all\n    match: { action: skill.run }\n    effect: allow\n    reason: because\n";

test("a workspace without a file, without commits, without policies", async () => {
  const ws = workspace({ a: "x" }, { commit: false });
  expect(short(await look(ws))).toEqual(["miss workspace", "miss policies", "ok state"]);
  ws.commit();
  const checks = await look(ws);
  expect(checks.find((check) => check.id === "policies")).toMatchObject({
    level: "miss",
    found: expect.stringMatching(/^no policies in main \w{7}, so everything is denied$/),
  });
});

test("policies that cannot be used are named by their place; edits are a warning", async () => {
  const ws = workspace({ "agentctl.yaml": "", "policies/a/policy.yaml": "name: a\nname: b\n" });
  const checks = await look(ws);
  expect(checks.find((check) => check.id === "policies")).toMatchObject({
    level: "miss",
    found: expect.stringMatching(/^policies of main \w{7} cannot be used, so everything is denied: policies\/a\/policy\.yaml:2:1 /),
    mend: "agentctl policy test",
  });
  ws.write({ "policies/a/policy.yaml": policy });
  expect(short(await look(ws))).toContain("warn policies/edited");
});

test("HEAD as authority, unknown variables, an open state and a halt are warnings", async () => {
  const ws = workspace({ "agentctl.yaml": "" });
  ws.git("branch", "-m", "trunk");
  const stateDir = ensureStateDir(findWorkspace(ws.dir, {}));
  expect(short(await look(ws))).toEqual(["ok workspace", "miss policies", "warn authority", "ok state"]);
  setHalt(stateDir, { by: "alice", reason: "odd orders", atMs: 0 });
  chmodSync(join(stateDir, "halt"), 0o644);
  const checks = await look(ws, { AGENTCTL_LIMIT_PIDS: "9" });
  expect(short(checks)).toEqual(["ok workspace", "warn environment", "miss policies", "warn authority", "warn state", "warn halt"]);
  expect(checks.at(-1)).toMatchObject({ found: "halted by alice: odd orders", mend: "agentctl halt release --reason …" });
});

test("without engine and without repository it lists what is missing, and ends with 1", async () => {
  const env = { DOCKER_HOST: "unix:///nonexistent/docker.sock" };
  const { stdout } = await cli(folder(), ["doctor"], { env, expectExit: 1 });
  expect(stdout).toMatch(/^miss {2}\S+ is not inside a git repository +agentctl init$/m);
  expect(stdout).toMatch(/^miss {2}no Docker engine answers at unix:\/\/\/nonexistent\/docker\.sock/m);
  expect(stdout).toMatch(/^ok {4}git \d/m);
  const proof = await cli(folder(), ["doctor", "--prove"], { env, expectExit: 1 });
  expect(proof.stderr).toContain("no Docker engine answers");
});

test("a broken agentctl.yaml is one finding among the others", async () => {
  const ws = workspace({ "agentctl.yaml": "limits:\n  pids: .nan\n" });
  const { checks, ok } = (await cli(ws.dir, ["doctor", "--json"], { env: { DOCKER_HOST: "unix:///nonexistent/docker.sock" }, expectExit: 1 })).json() as {
    ok: boolean;
    checks: Check[];
  };
  expect(ok).toBe(false);
  expect(checks.find((check) => check.id === "config")).toMatchObject({
    level: "miss",
    found: "agentctl.yaml cannot be used: agentctl.yaml:2:9  found .nan; numbers must be finite",
    mend: "mend agentctl.yaml at the places named     agentctl schema config",
  });
  expect(short(checks)).toContain("ok duckdb");
});
