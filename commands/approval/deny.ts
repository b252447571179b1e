import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { AnswerTaken } from "../../src/operations/decide-approval.ts";

export default class ApprovalDeny extends AgentctlCommand {
  static override summary = "Say no to what an agent asks for; one no is enough, also to what was approved and is not done yet.";
  static override examples = ['<%= config.bin %> approval deny a-7k2m --note "not this host"'];
  static override args = { approval: Args.string({ description: "id of the approval, or a unique beginning of it", required: true, ignoreStdin: true }) };
  static override flags = {
    note: Flags.string({ description: "what the agent is told" }),
    key: Flags.string({ description: "SSH key that signs", exclusive: ["signature"] }),
    signature: Flags.string({ description: "file with a signature over what `approval show --statement --vote deny` prints" }),
  };

  async run(): Promise<AnswerTaken> {
    const { args, flags } = await this.parse(ApprovalDeny);
    const { answerApproval } = await import("../../src/cli/approval-answer.ts");
    // A no needs no yes.
    return answerApproval(
      { approval: args.approval, vote: "deny", yes: true, ...flags },
      { words: (line) => this.words(line), data: (line) => this.data(line) },
    );
  }
}
