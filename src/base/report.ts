import type { Finding } from "./finding.ts";
import { safeText } from "./safe-text.ts";

/** One thing that was checked: a policy case, a file, a scanner over a skill. It passed when none of its findings is an error. */
export interface Check {
  name: string;
  file?: string | undefined;
  line?: number | undefined;
  findings: Finding[];
}

/** What a checking command found; every output format is made from this. */
export interface Report {
  /** E.g. `agentctl policy test`. */
  tool: string;
  version: string;
  checks: Check[];
}

/** Warnings and notes let a check pass. */
export function checkPassed(check: Check): boolean {
  return check.findings.every((finding) => finding.level !== "error");
}

export function reportPassed(report: Report): boolean {
  return report.checks.every(checkPassed);
}

/** The finding in words, with its mend; fit for a terminal. */
export function findingText(finding: Finding): string {
  return safeText(finding.hint === undefined ? finding.message : `${finding.message} (${finding.hint})`);
}
