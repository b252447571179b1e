import { describe, expect, test } from "vitest";
import { commentBody, readReport } from "../../src/operations/ci-comment.ts";

describe("the comment of a check", () => {
  test("holds nothing that acts, whatever the report says", () => {
    const finding = {
      rule: "a/b",
      level: "loud",
      message: "](javascript:x) <img onerror> @everyone %0A::error ::set-output\u202e|```",
      file: "a|b\n# c",
      line: 1,
    };
    const body = commentBody(readReport(JSON.stringify({ report: { tool: "<b>tool</b>", checks: [{ name: "@everyone", findings: [finding] }] } })));
    const bare = body.replaceAll(/(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, "CODE");
    expect(bare.split("\n")).toEqual([
      "<!-- agentctl:check -->",
      "### ❌ agentctl ci check: 1 of 1 check failed",
      "",
      "| check | level | place | what |",
      "|---|---|---|---|",
      "| CODE | error | CODE | CODE |",
      "",
    ]);
    expect(body).toContain("«U+202E»");
  });

  test("is cut where it is too long for one", () => {
    const findings = Array.from({ length: 199 }, (_, index) => ({
      rule: "a/b",
      level: "error",
      message: `${index} ${"x".repeat(390)}`,
      file: "f".repeat(190),
    }));
    const body = commentBody(readReport(JSON.stringify({ checks: [{ name: "n", findings }] })));
    expect(body.length).toBeLessThan(65_000);
    expect(body).toContain("The rest is in the summary");
  });

  test.each(["", "[]", "{}", '{"checks":[1]}', '{"checks":[{"name":"a","findings":[1]}]}', '{"report":{"checks":{}}}'])("%j is no report", (text) => {
    expect(() => readReport(text)).toThrow(/report/);
  });
});
