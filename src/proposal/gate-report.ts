import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import type { Finding } from "../base/finding.ts";
import { isMapping } from "../base/mapping.ts";
import type { PathChange, ProposalKind } from "./proposal.ts";

/** The gates of a proposal, in the order in which they are asked. */
export const gateNames = ["paths", "schema", "static", "secrets", "prose", "tests", "benchmark", "strategy", "policy"] as const;
export type GateName = (typeof gateNames)[number];

/** `not-needed`: the change has nothing that this gate looks at. */
export type Verdict = "passed" | "failed" | "not-needed";

export interface GateResult {
  gate: GateName;
  verdict: Verdict;
  /** One line, e.g. `6 of 6 tests`, `14 runs, 0 worse`. */
  summary: string;
  /** At most 100, errors first; all of them are counted in the summary. */
  findings: readonly Finding[];
  /** Figures and names behind the verdict; data, at most 16 KiB as JSON. */
  evidence: { readonly [name: string]: unknown };
}

/**
 * What the gates said of exactly one change. It holds no time and no id of a run, so that asking again about the same tree, base and record says the same.
 */
export interface GateReport {
  type: "agentctl-gates-v1";
  /** First commit of the repository. */
  repository: string;
  proposal: string;
  head: string;
  base: string;
  /** Of head. */
  tree: string;
  /** Commit that policies, evaluators and signers were read from. */
  policy: string;
  gates: readonly GateResult[];
}

/** 64 hex digits; what people sign. */
export function reportDigest(report: GateReport): string {
  return sha256(canonicalJson(report));
}

/** What a report is held against. */
export interface Judged {
  repository: string;
  id: string;
  head: string;
  base: string;
  tree: string;
  kinds: readonly ProposalKind[];
  changes: readonly PathChange[];
}

/** Gates that have to have passed for changes of these kinds; the others may also be not needed. */
export function neededGates(kinds: readonly ProposalKind[]): GateName[] {
  const always: GateName[] = ["paths", "schema", "static", "secrets", "prose"];
  const more = gateNames.filter(
    (gate) =>
      (gate === "strategy" && kinds.includes("strategy")) ||
      (gate === "policy" && (kinds.includes("policy") || kinds.includes("configuration") || kinds.includes("signer"))),
  );
  return [...always, ...more];
}

/** Why a report does not let a change land, in words; undefined when it does. A missing gate, one that failed, and another change's report all block. */
export function reportProblem(report: GateReport, { repository, id, head, base, tree, kinds }: Judged): string | undefined {
  if (report.type !== "agentctl-gates-v1") return "it is no report of gates";
  if (report.repository !== repository) return "its gates are another repository's";
  if (report.proposal !== id) return `its gates are those of ${report.proposal}`;
  if (report.tree !== tree || report.head !== head) return `its gates are those of another tree (${report.tree.slice(0, 10)}, not ${tree.slice(0, 10)})`;
  if (report.base !== base) return `its gates were asked on another base (${report.base.slice(0, 10)}, not ${base.slice(0, 10)})`;
  if (report.gates.length !== gateNames.length || gateNames.some((name, index) => report.gates[index]?.gate !== name)) return "gates are missing";
  const failed = report.gates.filter(({ verdict }) => verdict !== "passed" && verdict !== "not-needed").map(({ gate }) => gate);
  if (failed.length > 0) return `the ${failed.length === 1 ? "gate" : "gates"} ${failed.join(", ")} failed`;
  const skipped = neededGates(kinds).find((name) => report.gates.find(({ gate }) => gate === name)?.verdict !== "passed");
  return skipped === undefined ? undefined : `the gate ${skipped} was not asked`;
}

const bounds = { characters: 4 * 1024 * 1024, findings: 100 };
const oid = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** A report as it was kept or came from another clone; undefined for what is none, to the last member. It may be anybody's: `reportProblem` says whose it is. */
export function readGateReport(text: string): GateReport | undefined {
  if (text.length > bounds.characters) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isReport(value) && canonicalJson(value) === text ? value : undefined;
  } catch {
    return undefined;
  }
}

function isReport(value: unknown): value is GateReport {
  if (!hasOnly(value, ["type", "repository", "proposal", "head", "base", "tree", "policy", "gates"])) return false;
  const { type, proposal, gates } = value;
  const names = ["repository", "head", "base", "tree", "policy"].map((name) => value[name]);
  return (
    type === "agentctl-gates-v1" &&
    typeof proposal === "string" &&
    names.every((name) => typeof name === "string" && oid.test(name)) &&
    Array.isArray(gates) &&
    gates.length <= gateNames.length &&
    gates.every(isResult)
  );
}

function isResult(value: unknown): value is GateResult {
  if (!hasOnly(value, ["gate", "verdict", "summary", "findings", "evidence"])) return false;
  const { gate, verdict, summary, findings, evidence } = value;
  return (
    gateNames.some((name) => name === gate) &&
    ["passed", "failed", "not-needed"].includes(String(verdict)) &&
    typeof summary === "string" &&
    isMapping(evidence) &&
    Array.isArray(findings) &&
    findings.length <= bounds.findings &&
    findings.every(isFinding)
  );
}

function isFinding(value: unknown): value is Finding {
  if (!isMapping(value) || Object.keys(value).some((name) => !["rule", "level", "message", "file", "line", "column", "hint"].includes(name))) return false;
  const { rule, level, message, file, line, column, hint } = value;
  const texts = [file, hint].every((each) => each === undefined || typeof each === "string");
  const places = [line, column].every((each) => each === undefined || Number.isSafeInteger(each));
  return typeof rule === "string" && typeof message === "string" && ["error", "warning", "note"].includes(String(level)) && texts && places;
}

function hasOnly(value: unknown, names: readonly string[]): value is Record<string, unknown> {
  return isMapping(value) && Object.keys(value).length === names.length && names.every((name) => Object.hasOwn(value, name));
}

const evidenceBytesMax = 16 * 1024;
const levels = ["error", "warning", "note"] as const;

/** A result within its bounds: findings of the worst level first, then by place; those beyond the bound are counted in the summary, which is one line. */
export function boundResult(result: GateResult): GateResult {
  const sorted = result.findings.toSorted(
    (a, b) => levels.indexOf(a.level) - levels.indexOf(b.level) || byText(a.file, b.file) || (a.line ?? 0) - (b.line ?? 0) || byText(a.rule, b.rule),
  );
  const more = sorted.length - bounds.findings;
  const evidence = canonicalJson(result.evidence);
  const large = Buffer.byteLength(evidence) > evidenceBytesMax;
  return {
    ...result,
    // A gate that has found an error has failed, whatever it says.
    verdict: sorted.some(({ level }) => level === "error") ? "failed" : result.verdict,
    summary: `${result.summary.replaceAll(/\s+/g, " ").slice(0, 300)}${more > 0 ? ` (${more} more findings)` : ""}`,
    findings: sorted.slice(0, bounds.findings).map((finding) => ({ ...finding, message: finding.message.slice(0, 1_000) })),
    evidence: large ? { left: "too large to be kept", bytes: Buffer.byteLength(evidence), sha256: sha256(evidence) } : result.evidence,
  };
}

function byText(a = "", b = ""): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
