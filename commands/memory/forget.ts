import * as Args from "@oclif/core/args";
import { AgentctlCommand } from "../../src/cli/command.ts";

export default class MemoryForget extends AgentctlCommand {
  static override summary = "Forget one of your conversations: later runs are told nothing of it.";
  static override description = "The record of its runs stays: nothing rewrites a record.";
  static override examples = ["<%= config.bin %> memory forget sma-cross"];
  static override args = { name: Args.string({ description: "the conversation", required: true }) };

  async run(): Promise<{ conversation: string; turns: number }> {
    const { args } = await this.parse(MemoryForget);
    const { forgetConversation } = await import("../../src/operations/list-conversations.ts");
    const forgotten = forgetConversation({ cwd: process.cwd(), env: process.env, name: args.name });
    this.data(`${forgotten.turns} turns of ${forgotten.conversation} forgotten`);
    return forgotten;
  }
}
