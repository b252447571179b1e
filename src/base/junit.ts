import { place } from "./finding.ts";
import { checkPassed, findingText, type Report } from "./report.ts";
import { safeText } from "./safe-text.ts";

/** JUnit XML as test viewers read it: one suite, one case a check, failures with their place. */
export function junit(report: Report): string {
  const failures = report.checks.filter((check) => !checkPassed(check)).length;
  const counts = `tests="${report.checks.length}" failures="${failures}" errors="0"`;
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>', `<testsuites name=${quoted(report.tool)} ${counts}>`];
  lines.push(`  <testsuite name=${quoted(report.tool)} ${counts} skipped="0" time="0">`);
  for (const check of report.checks) {
    const where = [check.file === undefined ? "" : ` file=${quoted(check.file)}`, check.line === undefined ? "" : ` line="${check.line}"`].join("");
    const head = `    <testcase name=${quoted(check.name)} classname=${quoted(check.file ?? report.tool)}${where} time="0"`;
    if (check.findings.length === 0) {
      lines.push(`${head}/>`);
      continue;
    }
    lines.push(`${head}>`);
    for (const finding of check.findings) {
      const body = [place(finding), findingText(finding)].filter(Boolean).join("  ");
      if (finding.level === "error") lines.push(`      <failure message=${quoted(finding.message)} type=${quoted(finding.rule)}>${xml(body)}</failure>`);
      else lines.push(`      <system-out>${xml(`${finding.level}: ${body}`)}</system-out>`);
    }
    lines.push("    </testcase>");
  }
  lines.push("  </testsuite>", "</testsuites>");
  return lines.join("\n");
}

function quoted(value: string): string {
  return `"${xml(value).replaceAll('"', "&quot;").replaceAll("\n", "&#10;")}"`;
}

/** XML 1.0 has no way to write most control characters, nor U+FFFE and U+FFFF. */
function xml(value: string): string {
  return safeText(value)
    .replaceAll(/[\ufffe\uffff]/g, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
