import type { Amounts } from "./amounts.ts";
import type { Budget, Scope } from "./budget.ts";
import { compileGlob } from "./glob.ts";

/** A budget as policySchema lets it through. */
export interface RawBudget {
  id: string;
  scope: Scope;
  match?: { agent?: string | string[] };
  limits: Amounts;
  alertAt?: number;
  rateUsd?: number;
}

/** Compiles one budget; `report` is told which patterns cannot be used. */
export function readBudget(policy: string, raw: RawBudget, at: { file: string; line: number }, report: (message: string) => void): Budget {
  const patterns = raw.match?.agent === undefined ? undefined : [raw.match.agent].flat();
  const globs = patterns?.flatMap((pattern) => {
    const glob = compileGlob(pattern, "name");
    if (!("problem" in glob)) return [glob];
    report(`budget ${raw.id}: match.agent ${JSON.stringify(pattern)}: ${glob.problem}`);
    return [];
  });
  return {
    id: `${policy}/${raw.id}`,
    scope: raw.scope,
    concerns: (agent) => globs === undefined || (agent !== undefined && globs.some((glob) => glob.test(agent))),
    limits: raw.limits,
    alertAt: raw.alertAt ?? 0.8,
    rateUsd: raw.rateUsd,
    ...at,
  };
}
