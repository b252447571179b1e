import { isoTime, systemClock } from "../base/clock.ts";
import type { Finding } from "../base/finding.ts";
import { compareCases, compareRecorded, type CaseChange, type DecisionChange } from "../policy/compare.ts";
import { readPolicies } from "../policy/read-policies.ts";
import { openPolicies } from "./policy-sources.ts";
import { recordedSince } from "./recorded-decisions.ts";
import { filesAt } from "./test-policies.ts";

export interface PolicyDiff {
  ref: string;
  days: number;
  /** Cases, of either side, that are decided otherwise now. */
  cases: CaseChange[];
  /** How many recorded decisions were decided again. */
  replayed: number;
  /** Those that would change, grouped by what they are about. */
  decisions: DecisionChange[];
  /** What is wrong with the policies on disk; then everything is denied, and the changes show it. */
  findings: Finding[];
}

const dayMs = 86_400_000;

/** What the policies on disk would decide otherwise than those of `ref`: over all cases, and over what was really asked in the last days. */
export async function diffPolicies(asked: { cwd: string; env: NodeJS.ProcessEnv; ref: string; days: number }): Promise<PolicyDiff> {
  const sources = await openPolicies(asked.cwd, asked.env);
  const before = readPolicies(await filesAt(sources, asked.ref)).set;
  const { set: after, findings } = readPolicies(sources.draft());
  const recorded = await recordedSince(sources.workspace.stateDir, isoTime(systemClock.nowMs() - asked.days * dayMs));
  const { replayed, changes } = compareRecorded(before, after, recorded);
  return {
    ref: asked.ref,
    days: asked.days,
    cases: compareCases(before, after),
    replayed,
    decisions: changes,
    findings: findings.filter((finding) => finding.level === "error"),
  };
}
