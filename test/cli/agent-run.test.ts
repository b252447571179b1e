import { expect, test } from "vitest";
import { agentRunLines } from "../../src/cli/agent-run.ts";
import type { SkillCallResult } from "../../src/operations/call-skill.ts";
import type { SkillRunResult } from "../../src/operations/start-run.ts";

function skillRan(call: Pick<SkillCallResult, "outcome" | "stderr">): SkillRunResult {
  const limits = { memoryMiB: 256, timeoutMs: 30_000 };
  const whole = {
    output: undefined,
    exitCode: 1,
    detail: undefined,
    image: "sha256:9be1",
    limits,
    hosts: [],
    requests: [],
    artifacts: [],
    refused: [],
    durationMs: 5,
    ...call,
  };
  return {
    kind: "skill",
    why: ["it is for “sums”"],
    skill: { skill: "sum", run: "r-1", decision: {}, outcome: "failed", call: whole },
  } as unknown as SkillRunResult;
}

const shown = (result: SkillRunResult): string[] => agentRunLines(result).map(({ line }) => line);

test("a skill that stood for an agent and failed says its last words, safely", () => {
  const stderr = `${"noise\n".repeat(20)}File "main.py"\n\u001b]52;c;x\u0007KeyError: 'adj_close'\n`;
  const lines = shown(skillRan({ outcome: "failed", stderr }));
  expect(lines).toContain("«U+001B»]52;c;x«U+0007»KeyError: 'adj_close'");
  expect(lines.filter((line) => line === "noise")).toHaveLength(3);
  expect(lines.join("\n")).not.toContain("\u001b]52");
});

test("one that did well says nothing beside its answer", () => {
  expect(shown(skillRan({ outcome: "ok", stderr: "a warning\n" })).join("\n")).not.toContain("a warning");
});
