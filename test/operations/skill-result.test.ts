import { expect, test } from "vitest";
import { readSkillResult } from "../../src/operations/skill-result.ts";
import type { JobResult } from "../../src/runner/job.ts";
import type { Skill } from "../../src/skill/skill.ts";
import { createMask } from "../../src/trace/mask.ts";

const mask = createMask({});

function read(stdout: string, outputSchema?: Skill["outputSchema"]) {
  const job = { outcome: "ok", stdout: Buffer.from(stdout), stderr: new Uint8Array() } as unknown as JobResult;
  return mask(readSkillResult({ outputSchema } as Skill, job));
}

test("output nested 100,000 deep is an answer that can be masked, recorded and shown", () => {
  const { outcome, output } = read(`${"[".repeat(100_000)}${"]".repeat(100_000)}`);
  expect(outcome).toBe("ok");
  expect(JSON.stringify(output)).toContain("nested deeper than 64 levels");
});

test.each([
  ["1e400", "«Infinity»"],
  ['"\\ud800"', "\ufffd"],
  ['{"__proto__":1}', JSON.parse('{"__proto__":1}')],
])("%s has a form that can be recorded", (stdout, output) => {
  expect(read(stdout).output).toEqual(output);
});

test("a schema that does not end, or a million wrong items, make bad output and nothing else", () => {
  const items = `[${"1,".repeat(200_000)}1]`;
  expect(read(items, { type: "array", uniqueItems: true })).toMatchObject({
    outcome: "bad-output",
    detail: expect.stringMatching(/uniqueItems|NOT have duplicate|too long/),
  });
  const { outcome, detail } = read(items, { type: "array", items: { type: "string" } });
  expect(outcome).toBe("bad-output");
  expect(detail?.length).toBeLessThan(2000);
});
