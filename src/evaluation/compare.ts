import type { CaseVerdict } from "./judge.ts";

/** One case on what is there today and on the change. */
export interface CaseCompared {
  name: string;
  /** Undefined where there was nothing to ask: the target is new. */
  base: CaseVerdict | undefined;
  head: CaseVerdict;
}

export interface Compared {
  cases: number;
  passed: number;
  /** Passed before, or never asked before, and fails now. */
  worse: CaseCompared[];
  /** Failed before, passes now. */
  better: CaseCompared[];
  /** Fails before and after: nothing that the change has done. */
  still: CaseCompared[];
}

/** What got worse between two askings of the same cases, in their order. A case of which head has no verdict counts as failed. */
export function compareCases(base: readonly CaseVerdict[] | undefined, head: readonly CaseVerdict[]): Compared {
  const compared = head.map((each, index): CaseCompared => ({ name: each.name, base: base?.[index], head: each }));
  for (const lost of base?.slice(head.length) ?? [])
    compared.push({ name: lost.name, base: lost, head: { name: lost.name, passed: false, why: "it was not asked" } });
  return {
    cases: compared.length,
    passed: compared.filter(({ head: now }) => now.passed).length,
    worse: compared.filter(({ base: before, head: now }) => !now.passed && before?.passed !== false),
    better: compared.filter(({ base: before, head: now }) => now.passed && before?.passed === false),
    still: compared.filter(({ base: before, head: now }) => !now.passed && before?.passed === false),
  };
}

/** One call that the record holds, done again on both sides. */
export interface ReplayedSide {
  outcome: string;
  output: unknown;
  /** Whether the output fits what base declares. */
  fits: boolean;
}

/**
 * What a replayed call says of the change. Base failing itself says nothing (`no-use`); an end that is no longer good, and an output that no longer fits what
 * the skill has promised until now, are worse; another answer where base answers the same twice is `other`, for people to look at.
 */
export function judgeReplay(base: ReplayedSide, head: ReplayedSide, steady: boolean, same: boolean): "no-use" | "worse" | "other" | "same" {
  if (base.outcome !== "ok") return "no-use";
  if (head.outcome !== "ok" || !head.fits) return "worse";
  return same || !steady ? "same" : "other";
}
