import type { Finding } from "../../base/finding.ts";
import type { GateResult } from "../../proposal/gate-report.ts";

type Answer = Omit<GateResult, "gate">;

/** Failed where a finding is an error; the summary counts them. */
export function answer(what: string, findings: readonly Finding[], evidence: GateResult["evidence"] = {}): Answer {
  const counts = (["error", "warning", "note"] as const).flatMap((level) => {
    const count = findings.filter((finding) => finding.level === level).length;
    return count === 0 ? [] : [`${count} ${level}${count === 1 ? "" : "s"}`];
  });
  const failed = findings.some(({ level }) => level === "error");
  return { verdict: failed ? "failed" : "passed", summary: [what, ...counts].join(", "), findings, evidence };
}

export function notNeeded(why: string): Answer {
  return { verdict: "not-needed", summary: why, findings: [], evidence: {} };
}

/** `1 file`, `3 files`. */
export function counted(count: number, word: string): string {
  return `${count} ${count === 1 ? word : `${word}s`}`;
}
