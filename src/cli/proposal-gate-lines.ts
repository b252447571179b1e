import { place, type Finding } from "../base/finding.ts";
import type { Report } from "../base/report.ts";
import { safeText } from "../base/safe-text.ts";
import type { GateProposalResult } from "../operations/gate-proposal.ts";
import type { GateResult } from "../proposal/gate-report.ts";
import { paint } from "./paint.ts";

const shown = 12;

/** One gate: mark, name, what it says; below it what people have to know, the worst first. What it quotes is others' text. */
export function gateLine({ gate, verdict, summary, findings }: GateResult): string[] {
  const mark = verdict === "passed" ? paint("green", "✓") : verdict === "failed" ? paint("red", "✗") : "-";
  const told = findings.filter(({ level }) => level !== "note");
  const rest = told.length - shown;
  return [
    `${mark} ${gate.padEnd(10)} ${said(summary)}`,
    ...told.slice(0, shown).map((finding) => `    ${findingLine(finding)}`),
    ...(rest > 0 ? [`    and ${rest} more: --json lists them`] : []),
  ];
}

/** How it ended, and what people sign. */
export function gatesEnd({ proposal, passed, report, digest, decision }: GateProposalResult): string[] {
  if (report === undefined || digest === undefined) return [`next       agentctl policy explain ${decision.id}`];
  const failed = report.gates.filter(({ verdict }) => verdict === "failed");
  const asked = report.gates.filter(({ verdict }) => verdict !== "not-needed").length;
  return [
    `gates      ${digest}  of ${report.head.slice(0, 10)} on ${report.base.slice(0, 10)}`,
    passed
      ? `${paint("green", "passed")}     ${asked} gates; next: agentctl proposal approve ${proposal}`
      : `${paint("red", "refused")}    ${failed.map(({ gate }) => gate).join(", ")}`,
  ];
}

/** The gates in the forms that code hosts read. */
export function gatesReport({ proposal, report, decision }: GateProposalResult, version: string): Report {
  const checks = (report?.gates ?? []).map(({ gate, verdict, summary, findings }) => ({
    name: `${gate}: ${summary}`,
    findings: verdict === "failed" && !findings.some(({ level }) => level === "error") ? [...findings, error(`gate/${gate}`, summary)] : [...findings],
  }));
  // What was not asked has not passed.
  if (report === undefined) checks.push({ name: `gates of ${proposal}`, findings: [error("gate/not-asked", `they were not asked: ${decision.reason}`)] });
  return { tool: "agentctl proposal gate", version, checks };
}

function error(rule: string, message: string): Finding {
  return { rule, level: "error", message };
}

function findingLine(finding: Finding): string {
  const level = finding.level === "error" ? paint("red", finding.level) : finding.level;
  return [said(place(finding)), `${level}: ${said(finding.message)}`].filter((part) => part !== "").join("  ");
}

function said(text: string): string {
  return safeText(text, { oneLine: true });
}
