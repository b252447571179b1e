import { describe, expect, test } from "vitest";
import { findingFormats, formatReport, reportMarkdown } from "../../src/base/finding-formats.ts";
import type { Report } from "../../src/base/report.ts";

const report: Report = {
  tool: "agentctl policy test",
  version: "0.1.0",
  checks: [
    { name: "people may read", file: "policies/a/cases.yaml", line: 3, findings: [] },
    {
      name: 'odd <name> & "quotes" #1',
      file: "policies/a/cases.yaml",
      line: 9,
      findings: [
        {
          rule: "policy/case",
          level: "error",
          message: "expected deny, got allow\nby a/b 100%",
          file: "policies/a b/cases.yaml",
          line: 9,
          column: 5,
          hint: "mend it",
        },
        { rule: "policy/unused", level: "warning", message: "never decides" },
      ],
    },
  ],
};

const clean: Report = { ...report, checks: report.checks.slice(0, 1) };

/** A reader for the little XML we write: balanced tags, escaped text; throws where it is not well formed. */
function readXml(text: string): string[] {
  const open: string[] = [];
  const names: string[] = [];
  const body = text.replace(/^<\?xml[^>]*\?>/, "");
  let rest = body;
  while (rest !== "") {
    const match = /^(?:<(\/?)([a-z-]+)((?: [a-z]+="[^"<]*")*)(\/?)>|[^<>]+)/.exec(rest);
    if (match === null) throw new Error(`not well formed at ${rest.slice(0, 60)}`);
    const [whole, closing, name, attributes] = match;
    if (/&(?!amp;|lt;|gt;|quot;|#10;)/.test(attributes ?? whole)) throw new Error(`bare & in ${whole}`);
    if (name !== undefined) {
      names.push(`${closing}${name}`);
      if (closing === "/") {
        if (open.pop() !== name) throw new Error(`${name} closes another`);
      } else if (match[4] !== "/") open.push(name);
    }
    rest = rest.slice(whole.length);
  }
  expect(open).toEqual([]);
  return names;
}

describe("formatReport", () => {
  test("text names only what is wrong, and counts", () => {
    expect(formatReport(clean, "text")).toBe("1 check passed");
    expect(formatReport(report, "text")).toBe(
      [
        '✗ odd <name> & "quotes" #1',
        "    policies/a b/cases.yaml:9:5  error: expected deny, got allow\nby a/b 100% (mend it)",
        "    warning: never decides",
        "1 of 2 checks failed",
      ].join("\n"),
    );
  });

  test("json carries the verdict", () => {
    const parsed = JSON.parse(formatReport(report, "json"));
    expect(parsed.passed).toBe(false);
    expect(parsed.checks.map((check: { passed: boolean }) => check.passed)).toEqual([true, false]);
    expect(JSON.parse(formatReport(clean, "json")).passed).toBe(true);
  });

  test("junit is well-formed XML with one case a check and one failure an error", () => {
    const text = formatReport(report, "junit");
    const names = readXml(text);
    expect(names.filter((name) => name === "testcase")).toHaveLength(2);
    expect(names.filter((name) => name === "failure")).toHaveLength(1);
    expect(text).toContain('tests="2" failures="1" errors="0"');
    expect(text).toContain('name="odd &lt;name&gt; &amp; &quot;quotes&quot; #1"');
  });

  test("junit has no character that XML cannot hold", () => {
    const odd: Report = { ...clean, checks: [{ name: "a\u0000b\u001b[31m\ud800", findings: [] }] };
    expect(formatReport(odd, "junit")).toContain('name="a«U+0000»b«U+001B»[31m«U+D800»"');
  });

  test("tap has a plan, numbered points, escaped names and a YAML block", () => {
    const lines = formatReport(report, "tap").split("\n");
    expect(lines.slice(0, 4)).toEqual(["TAP version 14", "1..2", "ok 1 - people may read", 'not ok 2 - odd <name> & "quotes" \\#1']);
    expect(lines).toContain('      message: "expected deny, got allow\\nby a/b 100% (mend it)"');
    expect(lines.at(-1)).toBe("  ...");
  });

  test("sarif 2.1.0: rules indexed, uri encoded, fingerprint stable when the line moves", () => {
    const log = JSON.parse(formatReport(report, "sarif"));
    const run = log.runs[0];
    expect(log.version).toBe("2.1.0");
    expect(run.tool.driver.rules.map((rule: { id: string }) => rule.id)).toEqual(["policy/case", "policy/unused"]);
    expect(run.results[0]).toMatchObject({
      ruleId: "policy/case",
      ruleIndex: 0,
      level: "error",
      locations: [{ physicalLocation: { artifactLocation: { uri: "policies/a%20b/cases.yaml" }, region: { startLine: 9, startColumn: 5 } } }],
    });
    const moved = structuredClone(report);
    moved.checks[1]!.findings[0]!.line = 40;
    expect(JSON.parse(formatReport(moved, "sarif")).runs[0].results[0].partialFingerprints).toEqual(run.results[0].partialFingerprints);
  });

  test("sarif tells two equal findings apart", () => {
    const twice = structuredClone(report);
    twice.checks.push(twice.checks[1]!);
    const prints = JSON.parse(formatReport(twice, "sarif")).runs[0].results.map((result: { partialFingerprints: object }) =>
      JSON.stringify(result.partialFingerprints),
    );
    expect(new Set(prints).size).toBe(prints.length);
  });

  test("github escapes what would end the command", () => {
    const lines = formatReport(report, "github").split("\n");
    expect(lines[0]).toBe(
      '::error file=policies/a b/cases.yaml,line=9,col=5,title=policy/case::odd <name> & "quotes" #1: expected deny, got allow%0Aby a/b 100%25 (mend it)',
    );
    expect(lines[1]).toBe('::warning file=policies/a/cases.yaml,line=9,title=policy/unused::odd <name> & "quotes" #1: never decides');
    const colon: Report = { ...clean, checks: [{ name: "x", findings: [{ rule: "a/b", level: "note", message: "m", file: "c:d,e" }] }] };
    expect(formatReport(colon, "github").split("\n")[0]).toBe("::notice file=c%3Ad%2Ce,title=a/b::x: m");
  });

  test.each(findingFormats)("%s ends without a line break and passes no terminal escape on", (format) => {
    const hostile: Report = { ...clean, checks: [{ name: "a\u001b[2J", findings: [{ rule: "a/b", level: "error", message: "b\u001b]0;c\u0007" }] }] };
    const text = formatReport(hostile, format);
    expect(text).not.toContain("\u001b");
    expect(text.endsWith("\n")).toBe(false);
  });
});

test("the summary is a Markdown table whose cells cannot break out", () => {
  const hostile: Report = { ...clean, checks: [{ name: "a|b", findings: [{ rule: "a/b", level: "error", message: "<img>\n`x`" }] }] };
  const lines = reportMarkdown(hostile).split("\n");
  expect(lines[0]).toBe("### ❌ agentctl policy test: 1 of 1 check failed");
  expect(lines[4]).toBe("| `a«U+007C»b` | error | – | `` <img>«U+000A»`x` `` |");
});
