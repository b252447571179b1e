import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { SourceFile } from "../../src/base/document.ts";
import type { Finding } from "../../src/base/finding.ts";
import type { PolicySet } from "../../src/policy/policy-set.ts";
import { readPolicies } from "../../src/policy/read-policies.ts";
import type { ActionRequest } from "../../src/policy/request.ts";

export const person: ActionRequest["actor"] = { kind: "person", name: "ada" };
export const agent = (level: number, name = "quant"): ActionRequest["actor"] => ({ kind: "agent", name, level });

/** The policies that come with agentctl, as files. */
export function shippedPolicies(): SourceFile[] {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  return readdirSync(`${root}policies`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = `${entry.parentPath}/${entry.name}`;
      return { path: path.slice(root.length).replaceAll("\\", "/"), text: readFileSync(path, "utf8") };
    });
}

const anyCase = "- name: any\n  request: { action: query.run }\n  effect: deny\n";

/** One policy as files; `rules` is YAML below `rules:`. */
export function policyFiles(name: string, rules: string, cases: string | undefined = anyCase): SourceFile[] {
  const policy = { path: `policies/${name}/policy.yaml`, text: `name: ${name}\ndescription: test\nrules:\n${rules.replaceAll(/^(?=.)/gm, "  ")}` };
  return cases === undefined ? [policy] : [policy, { path: `policies/${name}/cases.yaml`, text: cases }];
}

/** Reads them and fails when they are broken. */
export function policySet(...files: SourceFile[]): PolicySet {
  const { set, findings } = readPolicies(files);
  if (set.broken !== undefined) throw new Error(findings.map((finding) => `${finding.file}:${finding.line} ${finding.message}`).join("\n"));
  return set;
}

/** The findings, short. */
export function findingsOf(files: SourceFile[]): string[] {
  return readPolicies(files).findings.map(
    (finding: Finding) => `${finding.rule} ${finding.file}:${finding.line ?? "-"} ${finding.message}${finding.hint === undefined ? "" : ` (${finding.hint})`}`,
  );
}
