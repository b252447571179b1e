import type { Finding } from "./finding.ts";

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

export function checkPassed(check: Check): boolean {
  return check.findings.every((finding) => finding.level !== "error");
}

export function reportPassed(report: Report): boolean {
  return report.checks.every(checkPassed);
}

/** The finding in words, with its mend; safe to show in a terminal. */
export function findingText(finding: Finding): string {
  return shown(finding.hint === undefined ? finding.message : `${finding.message} (${finding.hint})`);
}

/** Text that others wrote, without what drives a terminal or breaks XML: control characters but tab and line break become U+FFFD. */
export function shown(text: string): string {
  return text.toWellFormed().replaceAll(/(?![\t\n])\p{Cc}|[\ufffe\uffff]/gu, "\ufffd");
}
