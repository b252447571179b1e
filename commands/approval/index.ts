import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { ApprovalSummary } from "../../src/operations/list-approvals.ts";

export default class Approval extends AgentctlCommand {
  static override summary = "List what waits for a person: which agent asks for what, who has answered, and when the answer becomes no.";
  static override examples = ["<%= config.bin %> approval", "<%= config.bin %> approval --all --json"];
  static override flags = { all: Flags.boolean({ description: "also those that were answered, used or are past their time" }) };

  async run(): Promise<ApprovalSummary[]> {
    const { flags } = await this.parse(Approval);
    const [{ listApprovals }, { approvalRows }] = await Promise.all([
      import("../../src/operations/list-approvals.ts"),
      import("../../src/cli/approval-lines.ts"),
    ]);
    const approvals = listApprovals({ cwd: process.cwd(), env: process.env, all: flags.all });
    if (approvals.length === 0) this.words(flags.all ? "nothing was ever asked" : "nothing waits     agentctl approval --all");
    else for (const line of approvalRows(approvals)) this.data(line);
    const [first] = approvals;
    if (first?.state === "open") this.words(`next  agentctl approval show ${first.approval}`);
    return approvals;
  }
}
