import { expect, test } from "vitest";
import { skillInput } from "../../src/operations/skill-input.ts";
import { readSkill } from "../../src/skill/read.ts";

const text = (lines: string) => new TextEncoder().encode(lines);
const { skill } = readSkill("skills/any", [{ path: "SKILL.md", data: text("---\nname: any\ndescription: Takes anything.\n---\nText.\n") }], "strict");

test.each([
  ["a list without end", `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`, /more than 60 levels/],
  ["a number beyond JSON", '{"a":1e400}', /a number that is too large/],
  ["half a character", '{"a":"\\ud800"}', /half of a surrogate pair/],
  ["half a character in a name", '{"\\udc00":1}', /half of a surrogate pair/],
])("input with %s is refused in words: policy, record and skill would see different values", async (_what, json, why) => {
  await expect(skillInput(skill!, json, [], "/")).rejects.toMatchObject({ code: "skill/bad-input", exit: "usage", message: expect.stringMatching(why) });
});

test("a name that objects inherit is a name like any other", async () => {
  const { input } = await skillInput(skill!, '{"__proto__":{"polluted":1},"constructor":2}', [], "/");
  expect(Object.keys(input as object)).toEqual(["__proto__", "constructor"]);
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});
