import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { ShownApproval } from "../../src/operations/show-approval.ts";

export default class ApprovalShow extends AgentctlCommand {
  static override summary = "Show one approval: what is certain about it, then the exact call, with everything that the agent wrote marked as such.";
  static override description =
    "With --statement it prints the text that an answer's signature covers, and nothing else: sign it on any machine, with a key that no agent can reach, and bring the signature to `approval approve --signature`.";
  static override examples = [
    "<%= config.bin %> approval show a-7k2m",
    "<%= config.bin %> approval show a-7k2m --statement --vote approve > answer && ssh-keygen -Y sign -f ~/.ssh/id_ed25519 -n agentctl-approval-v1 answer",
  ];
  static override args = { approval: Args.string({ description: "id of the approval, or a unique beginning of it", required: true, ignoreStdin: true }) };
  static override flags = {
    full: Flags.boolean({ description: "show long texts to their end" }),
    statement: Flags.boolean({ description: "print only the text to sign" }),
    vote: Flags.string({ description: "the answer to sign; approve when not given", options: ["approve", "deny"], dependsOn: ["statement"] }),
    note: Flags.string({ description: "the note to sign; of a question the answer", dependsOn: ["statement"] }),
    until: Flags.string({ description: "the end of the grant to sign: 7d, friday, 2026-12-04", dependsOn: ["statement", "scope"] }),
    scope: Flags.string({ description: "the grant to sign", options: ["host", "path", "tool", "skill"], dependsOn: ["statement", "until"] }),
  };

  async run(): Promise<ShownApproval | { statement: string }> {
    const { args, flags } = await this.parse(ApprovalShow);
    const asked = { cwd: process.cwd(), env: process.env, approval: args.approval };
    const { showApproval, statementOf } = await import("../../src/operations/show-approval.ts");
    if (flags.statement) {
      const { wantedGrant } = await import("../../src/cli/until.ts");
      const grant = wantedGrant(flags);
      const statement = await statementOf({ ...asked, vote: flags.vote === "deny" ? "deny" : "approve", note: flags.note ?? "", grant });
      this.data(statement.trimEnd());
      return { statement };
    }
    const shown = await showApproval(asked);
    const { approvalLines, consequenceLines } = await import("../../src/cli/approval-lines.ts");
    for (const line of approvalLines(shown, { full: flags.full, width: process.stdout.columns })) this.data(line);
    for (const line of consequenceLines(shown)) this.data(line);
    return shown;
  }
}
