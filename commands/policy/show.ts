import * as Args from "@oclif/core/args";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { ShownPolicy } from "../../src/operations/show-policy.ts";

export default class PolicyShow extends AgentctlCommand {
  static override summary = "Show the rules, budgets, gates and cases of one policy, as it lies on disk.";
  static override examples = ["<%= config.bin %> policy show baseline"];
  static override args = { name: Args.string({ description: "name of the policy", ignoreStdin: true, required: true }) };

  async run(): Promise<ShownPolicy> {
    const { args } = await this.parse(PolicyShow);
    const { showPolicy } = await import("../../src/operations/show-policy.ts");
    const policy = await showPolicy({ cwd: process.cwd(), env: process.env, name: args.name });
    this.data(`${policy.name}  ${policy.description}  (${policy.state})`);
    for (const rule of policy.rules) {
      const match = Object.entries(rule.match).map(([field, globs]) => `${field} ${globs.join(" | ")}`);
      this.data();
      this.data(`${rule.effect.padEnd(7)}  ${rule.id}     ${rule.file}:${rule.line}`);
      this.data(`  match  ${match.join("  ") || "everything"}`);
      if (rule.when !== undefined) this.data(`  when   ${rule.when.trim()}`);
      this.data(`  why    ${rule.reason}`);
      if (rule.would !== undefined) this.data(`  would  ${rule.would}`);
      if (rule.modelMayCount === true) this.data("  keys   one of the two may be a model");
      if (rule.reviewMayCount === true) this.data("  keys   it may be a review of the pull request by a signer");
    }
    if (policy.budgets.length > 0) this.data();
    for (const budget of policy.budgets) {
      const limits = Object.entries(budget.limits).map(([dimension, limit]) => `${dimension} ${limit}`);
      this.data(`budget   ${budget.id}  per ${budget.scope}  ${limits.join("  ")}     ${budget.file}:${budget.line}`);
    }
    if (policy.gates.length > 0) this.data();
    for (const gate of policy.gates) this.data(`gate     ${gate.id}  ${gate.relation} ${gate.value}  ${gate.about}     ${gate.file}:${gate.line}`);
    if (policy.approvals !== undefined) this.data("approvals  every answer must be signed with a key of policies/signers");
    this.data();
    this.data(`${policy.cases.length} cases     agentctl policy test`);
    for (const finding of policy.findings) this.words(`${finding.level}  ${finding.file}:${finding.line ?? 1}  ${finding.message}`);
    if (policy.findings.some((finding) => finding.level === "error")) this.ends("findings");
    return policy;
  }
}
