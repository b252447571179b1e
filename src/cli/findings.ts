import { appendFileSync } from "node:fs";
import { findingFormats, formatReport, reportMarkdown, type FindingFormat } from "../base/finding-formats.ts";
import { reportPassed, type Report } from "../base/report.ts";
import { safeText } from "../base/safe-text.ts";

export { findingFormats, reportPassed, safeText };

/** The report as text for stdout; in the form for GitHub it is also appended to the summary of the job. */
export function reportText(report: Report, format: FindingFormat, env: NodeJS.ProcessEnv): string {
  const summary = env["GITHUB_STEP_SUMMARY"];
  if (format === "github" && summary !== undefined && summary !== "") appendFileSync(summary, `${reportMarkdown(report)}\n`);
  return formatReport(report, format);
}
