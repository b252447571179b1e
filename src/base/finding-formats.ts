import { place, type Finding } from "./finding.ts";
import { junit } from "./junit.ts";
import { codeCell } from "./markdown.ts";
import { checkPassed, findingText, reportPassed, type Check, type Report } from "./report.ts";
import { safeText } from "./safe-text.ts";
import { sarif } from "./sarif.ts";

/** The forms in which a report leaves: for people, for programs, for test viewers, for code hosts. */
export const findingFormats = ["text", "json", "junit", "tap", "sarif", "github"] as const;
export type FindingFormat = (typeof findingFormats)[number];

const writers: Record<FindingFormat, (report: Report) => string> = { text, json, junit, tap, sarif, github };

/** The whole report as text without a final line break. */
export function formatReport(report: Report, format: FindingFormat): string {
  return writers[format](report);
}

function text(report: Report): string {
  const lines: string[] = [];
  for (const check of report.checks) {
    if (check.findings.length === 0) continue;
    lines.push(`${checkPassed(check) ? "!" : "✗"} ${safeText(check.name)}`);
    for (const finding of check.findings) lines.push(`    ${[place(finding), `${finding.level}: ${findingText(finding)}`].filter(Boolean).join("  ")}`);
  }
  lines.push(tally(report));
  return lines.join("\n");
}

function tally(report: Report): string {
  const failed = report.checks.filter((check) => !checkPassed(check)).length;
  const all = report.checks.length === 1 ? "1 check" : `${report.checks.length} checks`;
  return failed === 0 ? `${all} passed` : `${failed} of ${all} failed`;
}

function json(report: Report): string {
  return JSON.stringify(
    {
      tool: report.tool,
      version: report.version,
      passed: reportPassed(report),
      checks: report.checks.map((check) => ({ ...check, passed: checkPassed(check) })),
    },
    null,
    2,
  );
}

/** TAP 14. */
function tap(report: Report): string {
  const lines = ["TAP version 14", `1..${report.checks.length}`];
  report.checks.forEach((check, index) => {
    lines.push(`${checkPassed(check) ? "ok" : "not ok"} ${index + 1} - ${tapName(check.name)}`);
    if (check.findings.length === 0) return;
    // A YAML block; JSON strings are YAML strings.
    lines.push("  ---", "  findings:");
    for (const finding of check.findings) {
      lines.push(`    - level: ${finding.level}`, `      message: ${JSON.stringify(findingText(finding))}`);
      if (finding.file !== undefined) lines.push(`      at: ${JSON.stringify(place(finding))}`);
    }
    lines.push("  ...");
  });
  return lines.join("\n");
}

function tapName(name: string): string {
  return safeText(name).replaceAll(/\s+/g, " ").replaceAll("\\", "\\\\").replaceAll("#", "\\#");
}

const rank = { error: 0, warning: 1, note: 2 } as const;

/** Workflow commands of GitHub Actions, errors first: a step shows about ten of a kind. */
function github(report: Report): string {
  const lines = report.checks
    .flatMap((check) => check.findings.map((finding) => ({ check, finding })))
    .toSorted((a, b) => rank[a.finding.level] - rank[b.finding.level])
    .map(({ check, finding }) => annotation(check, finding));
  return [...lines, tally(report)].join("\n");
}

function annotation(check: Check, finding: Finding): string {
  const command = finding.level === "note" ? "notice" : finding.level;
  const properties = Object.entries({
    file: finding.file ?? check.file,
    line: finding.line ?? (finding.file === undefined ? check.line : undefined),
    col: finding.column,
    title: finding.rule,
  })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${escaped(String(value)).replaceAll(":", "%3A").replaceAll(",", "%2C")}`);
  return `::${command} ${properties.join(",")}::${escaped(`${safeText(check.name)}: ${findingText(finding)}`)}`;
}

function escaped(value: string): string {
  return value.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

const rowsMax = 200;

/** The report for a job summary or a comment, in Markdown. What others wrote in it stands as code: no link, picture or mention comes of it. */
export function reportMarkdown(report: Report): string {
  const lines = [`### ${reportPassed(report) ? "✅" : "❌"} ${report.tool}: ${tally(report)}`, ""];
  const rows = report.checks
    .flatMap((check) => check.findings.map((finding) => ({ check, finding })))
    .toSorted((a, b) => rank[a.finding.level] - rank[b.finding.level])
    .map(({ check, finding }) => `| ${codeCell(check.name, 100)} | ${finding.level} | ${codeCell(place(finding))} | ${codeCell(findingText(finding), 400)} |`);
  if (rows.length > 0) lines.push("| check | level | place | what |", "|---|---|---|---|", ...rows.slice(0, rowsMax), "");
  if (rows.length > rowsMax) lines.push(`And ${rows.length - rowsMax} more.`, "");
  return lines.join("\n");
}
