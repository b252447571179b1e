import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import { readYaml, type SourceFile } from "../base/document.ts";
import type { Finding } from "../base/finding.ts";
import { checkDocument } from "../base/json-schema.ts";
import { policySchema } from "./policy-schema.ts";
import { readGates } from "./gates.ts";
import { assemble, type Policy, type PolicySet } from "./policy-set.ts";
import { readBudget, type RawBudget } from "./read-budget.ts";
import { readCases } from "./read-cases.ts";
import { readRule, type RawRule } from "./read-rule.ts";

interface RawPolicy {
  name: string;
  description: string;
  rules?: RawRule[];
  budgets?: RawBudget[];
  gates?: Record<string, number>;
  approvals?: { signed: "required" };
}

/**
 * Reads every policy among `files` (paths `policies/<name>/…`). Never throws for what is written in them: any finding with level error
 * means that the set denies everything, with that finding in the reason.
 */
export function readPolicies(files: readonly SourceFile[]): { set: PolicySet; findings: Finding[] } {
  const own = files.filter((file) => file.path.startsWith("policies/"));
  const names = [...new Set(own.flatMap((file) => /^policies\/([^/]+)\//.exec(file.path)?.[1] ?? []))].toSorted();
  const findings: Finding[] = [];
  const policies = names.flatMap((name) => {
    const read = readPolicy(name, new Map(own.map((file) => [file.path, file])));
    findings.push(...read.findings);
    return read.policy === undefined ? [] : [read.policy];
  });
  const broken = findings.find((finding) => finding.level === "error");
  return { set: assemble(policies, digestOf(own), broken), findings };
}

function digestOf(files: readonly SourceFile[]): string {
  const list = files.map((file): [string, string] => [file.path, sha256(file.text)]).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return sha256(canonicalJson(list));
}

function readPolicy(name: string, files: ReadonlyMap<string, SourceFile>): { policy: Policy | undefined; findings: Finding[] } {
  const folder = `policies/${name}`;
  const fail = (rule: string, message: string, file = folder, hint?: string): Finding => ({ rule, level: "error", message, file, hint });
  const source = files.get(`${folder}/policy.yaml`);
  if (source === undefined) return { policy: undefined, findings: [fail("policy/no-policy", `${folder} holds no policy.yaml`)] };
  const read = readYaml(source);
  if (read.document === undefined) return { policy: undefined, findings: read.findings };
  const { document } = read;
  const problems = checkDocument(policySchema, document, "policy/schema");
  // A misspelt key is a missing one too; the misspelling comes first, for the first finding is the one that denials quote.
  if (problems.length > 0) return { policy: undefined, findings: problems.toSorted((a, b) => Number(a.hint === undefined) - Number(b.hint === undefined)) };

  const raw = document.value as RawPolicy;
  const findings: Finding[] = [];
  const report = (rule: string, at: (string | number)[], message: string, hint?: string): void => {
    findings.push({ rule, level: "error", message, file: document.file, ...document.at(at), hint });
  };
  if (raw.name !== name) report("policy/name", ["name"], `the policy in ${folder} is named "${raw.name}"`, `name: ${name}`);
  if (raw.name === "base") report("policy/name", ["name"], "the name base is taken by what agentctl itself refuses");
  if ((raw.rules ?? []).length + (raw.budgets ?? []).length === 0 && raw.gates === undefined && raw.approvals === undefined)
    report("policy/empty", [], "the policy has neither rules nor budgets nor gates");
  const rules = (raw.rules ?? []).map((each, index) => {
    const made = readRule(name, each, document, ["rules", index]);
    findings.push(...made.findings);
    return made.rule;
  });
  const budgets = (raw.budgets ?? []).map((each, index) =>
    readBudget(name, each, { file: document.file, line: document.at(["budgets", index]).line }, (message) =>
      report("policy/pattern", ["budgets", index, "match"], message),
    ),
  );
  const gates = readGates(name, raw.gates ?? {}, (limit) => ({ file: document.file, line: document.at(["gates", limit]).line }));
  const ids = [...(raw.rules ?? []), ...(raw.budgets ?? [])].map((each) => each.id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) report("policy/duplicate-id", [], `the id "${twice}" stands twice in ${document.file}`);

  const cases = readCases(name, files.get(`${folder}/cases.yaml`));
  const signedApprovals = raw.approvals !== undefined;
  return {
    policy: { name, description: raw.description, rules, budgets, gates, signedApprovals, cases: cases.cases },
    findings: [...findings, ...cases.findings],
  };
}
