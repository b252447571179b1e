import type { Finding } from "../base/finding.ts";
import { readPolicies } from "../policy/read-policies.ts";
import { openPolicies } from "./policy-sources.ts";

export interface PolicyRow {
  name: string;
  rules: number;
  budgets: number;
  cases: number;
  /** Against the commit that decides. */
  state: "committed" | "edited" | "new" | "removed";
  description: string;
}

export interface PolicyList {
  /** The commit that decides; undefined while there is none. */
  commit: string | undefined;
  policies: PolicyRow[];
  /** What is wrong with the files on disk. */
  findings: Finding[];
}

/** The policies on disk, and those that the commit has and the disk has not. */
export async function listPolicies(asked: { cwd: string; env: NodeJS.ProcessEnv }): Promise<PolicyList> {
  const sources = await openPolicies(asked.cwd, asked.env);
  const edited = await sources.edited();
  const { set, findings } = readPolicies(sources.draft());
  const isRemoved = ({ name }: { name: string }): boolean => edited.get(name) === "removed";
  // Reading policies is most of what a list costs: those of the commit are read only where the disk lacks some.
  const removed = [...edited.values()].includes("removed") ? readPolicies(await sources.committed()).set.policies.filter(isRemoved) : [];
  const rows = [...set.policies, ...removed].map((policy): PolicyRow => ({
    name: policy.name,
    rules: policy.rules.length,
    budgets: policy.budgets.length,
    cases: policy.cases.length,
    state: edited.get(policy.name) ?? "committed",
    description: policy.description,
  }));
  return { commit: sources.commit, policies: rows.toSorted((a, b) => (a.name < b.name ? -1 : 1)), findings };
}
