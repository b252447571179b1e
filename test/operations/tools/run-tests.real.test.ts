import { afterAll, beforeAll, expect, test } from "vitest";
import type { Agent } from "../../../src/agent/agent.ts";
import type { Sandbox } from "../../../src/operations/sandbox.ts";
import { inRun } from "../../../src/operations/in-run.ts";
import { maskFor } from "../../../src/operations/mask-for.ts";
import { runTests } from "../../../src/operations/tools/run-tests.ts";
import type { ToolResult } from "../../../src/operations/tools/tool.ts";
import { writeFile } from "../../../src/operations/tools/write-file.ts";
import { describeReal } from "../../support/engine.ts";
import { sandboxWorkspace, type SandboxWorkspace } from "../../support/sandbox.ts";
import { recordsOf, skill } from "../../support/skills.ts";
import { callTool, toolContext } from "../../support/tool-call.ts";

let place: SandboxWorkspace;
let sandbox: Sandbox;

beforeAll(async () => {
  const tests = { "tests/run.sh": "echo checked; test -f SKILL.md\n" };
  place = await sandboxWorkspace({
    ...skill("tidy", "echo '{}'\n", { language: "shell", files: tests }),
    ...skill("bare", "echo '{}'\n", { language: "shell" }),
  });
  sandbox = await place.open("r-tests");
});
afterAll(() => place.clean());

const write = (path: string, content: string): Promise<ToolResult> => callTool(writeFile, { path, content }, toolContext(place, sandbox));
const run = (target: string): Promise<ToolResult> => callTool(runTests, { target }, toolContext(place, sandbox));

describeReal("run_tests", () => {
  test("runs what an agent wrote, by what lies there, and says whether all passed", async () => {
    expect(await run("scratch")).toMatchObject({ outcome: "failed", text: expect.stringMatching(/there are no tests in scratch/) as string });
    await write("scratch/py/sums.py", "def add(a, b):\n    return a + b\n");
    await write("scratch/py/test_sums.py", "from sums import add\n\ndef test_add():\n    assert add(1, 2) == 3\n");
    expect(await run("scratch/py")).toMatchObject({ outcome: "ok", text: expect.stringMatching(/^the tests in scratch\/py passed\npython: exit 0/) as string });
    await write("scratch/py/a.test.mjs", "import test from 'node:test';\nimport assert from 'node:assert';\ntest('no', () => assert.equal(1, 2));\n");
    const both = await run("scratch/py");
    expect(both).toMatchObject({ outcome: "failed", data: { passed: false } });
    expect(both.text).toMatch(/python: exit 0[\s\S]*node: exit 1/);
    await write("scratch/sh/tests/run.sh", "echo fine\n");
    expect((await run("scratch/sh")).text).toContain("| fine");
  });

  test("runs a skill's own tests, on record", async () => {
    const mask = maskFor(place.stateDir, {});
    const started = {
      command: "test",
      actor: { kind: "agent" as const, name: "code" },
      workspace: { commit: "", dirty: false },
      policy: { commit: "", digest: "" },
    };
    const result = await inRun({ stateDir: place.stateDir, mask, started }, async (open) => {
      return { outcome: "ok" as const, result: await callTool(runTests, { target: "skill:tidy" }, toolContext(place, sandbox, { open, env: process.env })) };
    });
    expect(result).toMatchObject({ outcome: "ok", data: { passed: true } });
    expect(result.text).toBe("the tests of the skill tidy passed\n| checked");
    expect(
      recordsOf(place.dir)
        .at(-1)
        ?.map(({ kind }) => kind),
    ).toEqual(["run.started", "skill.started", "skill.finished", "run.finished"]);
    await expect(run("skill:bare")).rejects.toMatchObject({ code: "skill/no-tests" });
    await expect(run("skill:none")).rejects.toMatchObject({ code: "skill/unknown" });
  });

  test("runs nothing elsewhere, and no program of an agent that may not have a shell", async () => {
    for (const target of ["src", ".", "scratch-evil", "/tmp"]) await expect(run(target)).rejects.toMatchObject({ code: "tool/bad-target" });
    await expect(run("scratch/../src")).rejects.toMatchObject({ code: "tool/bad-path" });
    const agent = { name: "file-ops", level: 2 } as Agent;
    const asked = await runTests.actions({ target: "scratch" }, toolContext(place, sandbox, { agent }));
    expect(asked).toContainEqual({ action: "tool.call", class: "W", tool: "shell" });
  });
});
