import { AgentctlError } from "../base/errors.ts";
import { gateLimits } from "../base/gate-limits.ts";
import type { Finding } from "../base/finding.ts";
import { nearest } from "../base/suggest.ts";
import type { Amounts } from "../policy/amounts.ts";
import { readPolicies } from "../policy/read-policies.ts";
import type { Effect } from "../policy/request.ts";
import { openPolicies } from "./policy-sources.ts";

export interface ShownPolicy {
  name: string;
  description: string;
  state: "committed" | "edited" | "new";
  rules: {
    id: string;
    effect: Effect;
    match: Record<string, string[]>;
    when?: string | undefined;
    reason: string;
    would?: string | undefined;
    modelMayCount?: true | undefined;
    reviewMayCount?: true | undefined;
    file: string;
    line: number;
  }[];
  budgets: { id: string; scope: string; limits: Amounts; alertAt: number; rateUsd?: number | undefined; file: string; line: number }[];
  gates: { id: string; relation: "≥" | "≤"; value: number; about: string; file: string; line: number }[];
  /** Present where this policy wants every answer to an approval signed. */
  approvals?: { signed: "required" };
  cases: { name: string; line: number }[];
  findings: Finding[];
}

/** One policy as it lies on disk. Error `policy/unknown` with the nearest name. */
export async function showPolicy(asked: { cwd: string; env: NodeJS.ProcessEnv; name: string }): Promise<ShownPolicy> {
  const sources = await openPolicies(asked.cwd, asked.env);
  const { set, findings } = readPolicies(sources.draft());
  const policy = set.policies.find(({ name }) => name === asked.name);
  const own = findings.filter((finding) => finding.file?.startsWith(`policies/${asked.name}/`));
  if (policy === undefined) {
    if (own.length > 0) return unreadable(asked.name, own);
    const names = set.policies.map(({ name }) => name);
    const near = nearest(asked.name, names);
    const hint = near === undefined ? "agentctl policy" : `did you mean ${near}?  agentctl policy show ${near}`;
    throw new AgentctlError("policy/unknown", `there is no policy ${JSON.stringify(asked.name)}`, { hint, exit: "usage" });
  }
  const state = (await sources.edited()).get(policy.name);
  return {
    name: policy.name,
    description: policy.description,
    state: state === "edited" || state === "new" ? state : "committed",
    rules: policy.rules.map(({ id, effect, match, when, reason, would, modelMayCount, reviewMayCount, file, line }) => ({
      id,
      effect,
      match: Object.fromEntries(match.map((part) => [part.field, part.globs.map((glob) => glob.pattern)])),
      when: when?.source,
      reason,
      would,
      ...(modelMayCount && { modelMayCount }),
      ...(reviewMayCount && { reviewMayCount }),
      file,
      line,
    })),
    budgets: policy.budgets.map(({ id, scope, limits, alertAt, rateUsd, file, line }) => ({ id, scope, limits, alertAt, rateUsd, file, line })),
    gates: policy.gates.map(({ id, name, value, file, line }) => ({
      id,
      relation: gateLimits[name].relation,
      value,
      about: gateLimits[name].about,
      file,
      line,
    })),
    ...(policy.signedApprovals && { approvals: { signed: "required" as const } }),
    cases: policy.cases.map(({ name, line }) => ({ name, line })),
    findings: own,
  };
}

function unreadable(name: string, findings: Finding[]): ShownPolicy {
  return { name, description: "", state: "edited", rules: [], budgets: [], gates: [], cases: [], findings };
}
