import { chmodSync, chownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ensureStateDir, findWorkspace } from "../../src/workspace/find.ts";
import { cli } from "../support/cli.ts";
import { folder, workspace } from "../support/workspace.ts";

test("walks up to the repository; the state lies in its git folder", () => {
  const ws = workspace({ "a b/ü/file": "x" });
  const expected = { root: ws.dir, gitDir: join(ws.dir, ".git"), commonDir: join(ws.dir, ".git"), stateDir: join(ws.dir, ".git", "agentctl") };
  expect(findWorkspace(ws.dir, {})).toEqual(expected);
  expect(findWorkspace(join(ws.dir, "a b", "ü"), {})).toEqual(expected);
  expect(findWorkspace(join(ws.dir, "not", "there"), {})).toEqual(expected);
});

test("a file in the state folder's place is said, and is not a record without runs", async () => {
  const ws = workspace({ "agentctl.yaml": "", "state.txt": "" });
  for (const command of [["run"], ["audit", "verify"], ["run", "compact"], ["halt"], ["halt", "status"]]) {
    const { stderr } = await cli(ws.dir, command, { env: { AGENTCTL_STATE_DIR: "state.txt" }, expectExit: 1 });
    expect(stderr).toMatch(/^error {2}the state folder \S+state\.txt cannot be used: it is a link or a file\nmend {3}make it a folder/);
  }
});

test("AGENTCTL_STATE_DIR is absolute or relative to the root; GIT_DIR has no say", () => {
  const ws = workspace({ "a/file": "x" });
  expect(findWorkspace(join(ws.dir, "a"), { AGENTCTL_STATE_DIR: "/var/state" }).stateDir).toBe("/var/state");
  expect(findWorkspace(join(ws.dir, "a"), { AGENTCTL_STATE_DIR: "state" }).stateDir).toBe(join(ws.dir, "state"));
  expect(findWorkspace(ws.dir, { AGENTCTL_STATE_DIR: "", GIT_DIR: "/elsewhere", GIT_WORK_TREE: "/" }).stateDir).toBe(join(ws.dir, ".git", "agentctl"));
});

test("no repository is an error that says what to run", () => {
  const dir = folder();
  expect(() => findWorkspace(dir, {})).toThrowError(
    expect.objectContaining({ code: "workspace/no-repository", message: `${dir} is not inside a git repository`, hint: "agentctl init", exit: "usage" }),
  );
});

test("a repository without agentctl.yaml is no workspace yet", () => {
  const ws = workspace({ a: "x" });
  expect(() => findWorkspace(ws.dir, {}, { initialised: true })).toThrowError(
    expect.objectContaining({ code: "workspace/not-initialised", hint: "agentctl init" }),
  );
  ws.write({ "agentctl.yaml": "" });
  expect(findWorkspace(ws.dir, {}, { initialised: true }).root).toBe(ws.dir);
});

test("an empty .git folder is passed over, as git does; a pointer into nothing is not", () => {
  const ws = workspace({ a: "x" });
  mkdirSync(join(ws.dir, "inner", ".git"), { recursive: true });
  expect(findWorkspace(join(ws.dir, "inner"), {}).root).toBe(ws.dir);
  mkdirSync(join(ws.dir, "other"));
  writeFileSync(join(ws.dir, "other", ".git"), "gitdir: ../gone\n");
  expect(() => findWorkspace(join(ws.dir, "other"), {})).toThrowError(
    expect.objectContaining({ code: "workspace/broken-pointer", hint: "git worktree repair" }),
  );
});

test("the state folder is made closed, and closed again when it was open", () => {
  const stateDir = join(folder(), "deep", "state");
  expect(ensureStateDir({ stateDir })).toBe(stateDir);
  expect(statSync(stateDir).mode & 0o777).toBe(0o700);
  chmodSync(stateDir, 0o755);
  ensureStateDir({ stateDir });
  expect(statSync(stateDir).mode & 0o777).toBe(0o700);
});

test.each(["link", "file"])("a state folder that is a %s is refused", (kind) => {
  const dir = folder();
  const stateDir = join(dir, "state");
  if (kind === "link") symlinkSync(dir, stateDir);
  else writeFileSync(stateDir, "");
  expect(() => ensureStateDir({ stateDir })).toThrowError(expect.objectContaining({ code: "workspace/no-state" }));
});

test.skipIf(process.getuid?.() !== 0)("a state folder that another user made is refused, but for root in that user's repository", () => {
  const stateDir = folder();
  const commonDir = folder();
  chownSync(stateDir, 65534, 65534);
  const refused = expect.objectContaining({ code: "workspace/no-state", message: expect.stringContaining("belongs to another user") as string });
  expect(() => ensureStateDir({ stateDir })).toThrowError(refused);
  expect(() => ensureStateDir({ stateDir, commonDir })).toThrowError(refused);
  chownSync(commonDir, 65534, 65534);
  expect(ensureStateDir({ stateDir, commonDir })).toBe(stateDir);
});
