import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { AnswerTaken } from "../../src/operations/decide-approval.ts";

export default class ApprovalApprove extends AgentctlCommand {
  static override summary = "Approve one exact call, once; with --until also what is like it, for some time.";
  static override description =
    "A key of policies/signers (of the protected branch's commit) signs the answer: --key signs here, --signature brings one from another machine. Without a key your login counts, where one person is enough. Ends with 8 while somebody else is still needed.";
  static override examples = [
    "<%= config.bin %> approval approve a-7k2m --key ~/.ssh/id_ed25519",
    '<%= config.bin %> approval approve a-7k2m --yes --note "the second one"',
    "<%= config.bin %> approval approve a-7k2m --until friday --scope host",
    "<%= config.bin %> approval approve a-7k2m --signature answer.sig",
  ];
  static override args = { approval: Args.string({ description: "id of the approval, or a unique beginning of it", required: true, ignoreStdin: true }) };
  static override flags = {
    note: Flags.string({ description: "what the agent is told; of a question the answer" }),
    key: Flags.string({ description: "SSH key that signs", exclusive: ["signature"] }),
    signature: Flags.string({ description: "file with a signature over what `approval show --statement` prints" }),
    until: Flags.string({ description: "also grant what is like it until then: 7d, friday, 2026-12-04", dependsOn: ["scope"] }),
    scope: Flags.string({ description: "what counts as like it", options: ["host", "path", "tool", "skill"], dependsOn: ["until"] }),
    yes: Flags.boolean({ description: "do not ask" }),
  };

  async run(): Promise<AnswerTaken> {
    const { args, flags } = await this.parse(ApprovalApprove);
    const { answerApproval } = await import("../../src/cli/approval-answer.ts");
    const { wantedGrant } = await import("../../src/cli/until.ts");
    const taken = await answerApproval(
      { approval: args.approval, vote: "approve", ...flags, grant: wantedGrant(flags) },
      { words: (line) => this.words(line), data: (line) => this.data(line) },
    );
    if (taken.state === "open") this.ends("waiting");
    return taken;
  }
}
