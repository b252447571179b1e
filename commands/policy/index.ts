import { AgentctlCommand } from "../../src/cli/command.ts";
import { table } from "../../src/cli/table.ts";
import type { PolicyList } from "../../src/operations/list-policies.ts";

export default class Policy extends AgentctlCommand {
  static override summary = "List the policies, and whether they are committed: only what is committed decides.";
  static override examples = ["<%= config.bin %> policy", "<%= config.bin %> policy --json"];

  async run(): Promise<PolicyList> {
    const { listPolicies } = await import("../../src/operations/list-policies.ts");
    const list = await listPolicies({ cwd: process.cwd(), env: process.env });
    for (const line of table(list.policies, ["name", "rules", "budgets", "cases", "state", "description"])) this.data(line);
    if (list.policies.length === 0) this.words("no policies: everything is denied     agentctl init");
    if (list.findings.some((finding) => finding.level === "error")) this.words("broken  the policies on disk would deny everything     agentctl policy test");
    return list;
  }
}
