import { sha256 } from "./digest.ts";
import type { Finding } from "./finding.ts";
import { findingText, type Report } from "./report.ts";

/** SARIF 2.1.0 (OASIS): one run, one result a finding. Fingerprints leave out line numbers, so that a finding that moves stays the same finding. */
export function sarif(report: Report): string {
  const findings = report.checks.flatMap((check) =>
    check.findings.map((finding) => ({ ...finding, file: finding.file ?? check.file, line: finding.line ?? check.line })),
  );
  const rules = [...new Set(findings.map((finding) => finding.rule))].toSorted();
  const seen = new Map<string, number>();
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "agentctl", semanticVersion: report.version, rules: rules.map((id) => ({ id, shortDescription: { text: id } })) } },
        automationDetails: { id: `${report.tool.replaceAll(" ", "-")}/` },
        columnKind: "utf16CodeUnits",
        results: findings.map((finding) => result(finding, rules, seen)),
      },
    ],
  };
  return JSON.stringify(log, null, 2);
}

function result(finding: Finding, rules: readonly string[], seen: Map<string, number>): object {
  const identity = sha256(JSON.stringify([finding.rule, finding.file ?? "", finding.message]));
  const ordinal = (seen.get(identity) ?? 0) + 1;
  seen.set(identity, ordinal);
  return {
    ruleId: finding.rule,
    ruleIndex: rules.indexOf(finding.rule),
    level: finding.level,
    message: { text: findingText(finding) },
    ...(finding.file === undefined ? {} : { locations: [location(finding.file, finding)] }),
    partialFingerprints: { "agentctlFinding/v1": `${identity}:${ordinal}` },
  };
}

function location(file: string, finding: Finding): object {
  const region =
    finding.line === undefined ? {} : { region: { startLine: finding.line, ...(finding.column === undefined ? {} : { startColumn: finding.column }) } };
  return { physicalLocation: { artifactLocation: { uri: file.split("/").map(encodeURIComponent).join("/"), uriBaseId: "%SRCROOT%" }, ...region } };
}
