import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import type { Finding } from "../base/finding.ts";
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
