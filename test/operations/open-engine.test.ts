import { expect, test } from "vitest";
import { openEngine } from "../../src/operations/open-engine.ts";
import { loadConfig } from "../../src/workspace/config.ts";
import { workspace } from "../support/workspace.ts";

const config = (host: string): string => `engine:\n  host: ${host}\n`;
const open = (dir: string, env: NodeJS.ProcessEnv = {}) => openEngine(loadConfig(dir, env), env);
// Nothing listens there: whoever gets so far tried to connect.
const tried = { code: "runner/no-engine" };

test("an edit of agentctl.yaml sends jobs and files to no other engine until it is committed on the protected branch", async () => {
  const at = workspace({ "agentctl.yaml": config("unix:///nonexistent/ours.sock") });
  await expect(open(at.dir)).rejects.toMatchObject(tried);
  at.write({ "agentctl.yaml": config("unix:///nonexistent/theirs.sock") });
  const refused = {
    code: "workspace/engine-not-committed",
    exit: "usage",
    message: expect.stringMatching(/^agentctl\.yaml:2 sets engine\.host, which is not in [0-9a-f]{10}/),
  };
  await expect(open(at.dir)).rejects.toMatchObject(refused);
  at.git("checkout", "-q", "-b", "side");
  at.commit();
  await expect(open(at.dir)).rejects.toMatchObject(refused);
  at.git("branch", "-f", "main", "HEAD");
  await expect(open(at.dir)).rejects.toMatchObject(tried);
});

test("a variable in it is compared by what it stands for, and the environment is the person's own", async () => {
  const at = workspace({ "agentctl.yaml": config("unix:///nonexistent/${NAME}.sock") });
  await expect(open(at.dir, { NAME: "a" })).rejects.toMatchObject(tried);
  at.write({ "agentctl.yaml": "engine:\n  runtime: other\n" });
  await expect(open(at.dir)).rejects.toMatchObject({ code: "workspace/engine-not-committed", hint: "commit agentctl.yaml, or set AGENTCTL_ENGINE_RUNTIME" });
  at.write({ "agentctl.yaml": config("unix:///nonexistent/theirs.sock") });
  await expect(open(at.dir, { AGENTCTL_ENGINE_HOST: "unix:///nonexistent/mine.sock" })).rejects.toMatchObject(tried);
});

test("before the first commit no engine is taken from the file", async () => {
  const at = workspace({ "agentctl.yaml": config("unix:///nonexistent/ours.sock") }, { commit: false });
  await expect(open(at.dir)).rejects.toMatchObject({ code: "workspace/engine-not-committed", message: expect.stringContaining("in any commit") });
});

test.each([
  ["tcp://bob:${PASS}@127.0.0.1:1", "no Docker engine answers at the address in engine.host (nobody listens)"],
  ["bogus://${PASS}", 'the engine\'s address "the address in engine.host" cannot be understood'],
])("the address %s is in no error", async (host, message) => {
  const at = workspace({ "agentctl.yaml": config(`"${host}"`) });
  const error = await open(at.dir, { PASS: "correct-horse" }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ message });
  expect(JSON.stringify(error) + String((error as Error).cause)).not.toContain("correct-horse");
});
