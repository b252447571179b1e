import { describe, expect, test } from "vitest";
import { compileGlob, type GlobKind } from "../../src/policy/glob.ts";

function fits(pattern: string, kind: GlobKind, value: string): boolean {
  const glob = compileGlob(pattern, kind);
  if ("problem" in glob) throw new Error(glob.problem);
  return glob.test(value);
}

describe("paths", () => {
  test.each([
    ["scratch/**", ["scratch/a", "scratch/.hidden/b", "scratch/a/b/c.md"], ["scratchy/a", "a/scratch/b", "Scratch/a", "scratch"]],
    ["**/.env", [".env", "a/.env", "a/b/.env"], [".envrc", "a/.env/x", "x.env"]],
    ["**/*.{pem,key}", ["a.pem", "x/y/b.key", ".pem"], ["a.pem.txt", "pem", "a.PEM"]],
    [".git/**", [".git/config", ".git/hooks/pre-commit"], [".gitignore", "a/.git/config"]],
    ["*.md", ["README.md", ".md"], ["docs/README.md"]],
    ["a?c", ["abc", "a.c"], ["ac", "a/c", "abbc"]],
    ["**", ["a", ".a/.b", "."], []],
    ["docs/*/index.md", ["docs/a/index.md"], ["docs/index.md", "docs/a/b/index.md"]],
  ])("%s", (pattern, yes, no) => {
    expect(yes.filter((path) => !fits(pattern, "path", path))).toEqual([]);
    expect(no.filter((path) => fits(pattern, "path", path))).toEqual([]);
  });
});

describe("hosts", () => {
  test("a star stands for one label or more, and not for none; case does not matter", () => {
    const yes = ["a.example.com", "a.b.example.com", "A.EXAMPLE.com"];
    const no = ["example.com", "xexample.com", "a.example.com.evil.org", "example.com.a"];
    expect(yes.filter((host) => !fits("*.example.com", "host", host))).toEqual([]);
    expect(no.filter((host) => fits("*.example.com", "host", host))).toEqual([]);
    expect(fits("Example.com", "host", "eXample.COM")).toBe(true);
  });
});

test("names: a star runs over dots, case matters", () => {
  expect(fits("tool.*", "name", "tool.call")).toBe(true);
  expect(fits("quant-*", "name", "quant-2.b")).toBe(true);
  expect(fits("Quant", "name", "quant")).toBe(false);
});

test.each([
  ["!secret/**", "path", /cannot start with !/],
  ["(a|b)", "path", /groups/],
  ["+(a)", "path", /groups/],
  ["[ab]", "path", /classes/],
  ["a\\*", "path", /backslash/],
  ["{1..99999}", "path", /braces list alternatives/],
  ["{a,{b,c}}", "path", /neither nested/],
  ["/etc/**", "path", /relative/],
  ["a/../b", "path", /relative/],
  ["a**b", "path", /stands alone/],
  ["**/a/**/b/**", "path", /at most 2 times \*\*/],
  ["*a*a*a", "path", /at most 2 times \*/],
  ["*a*/*a*/*a", "path", /at most 4 wildcards/],
  ["a/b", "host", /a host holds no \//],
  ["", "path", /1 to 200/],
  ["x".repeat(201), "name", /1 to 200/],
] as const)("%s (%s) is refused", (pattern, kind, expected) => {
  expect(compileGlob(pattern, kind)).toEqual({ problem: expect.stringMatching(expected) });
});

test("the worst allowed patterns answer the worst allowed values soon", () => {
  const values = ["a".repeat(255), `${"a".repeat(127)}/`.repeat(8).slice(0, -1), `${"a/".repeat(511)}c`, `${"aaa/".repeat(255)}c`];
  const patterns = ["*a*b", "**/*a*b", "**/*a*/**/b", "*a*/*a*b", "*a/*a/*a/*b", "**/a/**/b", "a*?*b"];
  for (const pattern of patterns) {
    for (const value of values) {
      const started = process.hrtime.bigint();
      expect(fits(pattern, "path", value)).toBe(false);
      expect(Number(process.hrtime.bigint() - started) / 1e6, `${pattern} on ${value.slice(0, 20)}…`).toBeLessThan(500);
    }
  }
});
