import * as Args from "@oclif/core/args";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { SentNotification } from "../../src/operations/send-notification.ts";

export default class NotifyTest extends AgentctlCommand {
  static override summary = "Send a test message to a channel and say what the service answered; exit 1 when it did not take it, 3 when policy denies it.";
  static override examples = ["<%= config.bin %> notify test ops"];
  static override args = { channel: Args.string({ description: "name of the channel", required: true }) };

  async run(): Promise<SentNotification> {
    const { args } = await this.parse(NotifyTest);
    const [{ sendNotification }, { sentLine, sentExit }] = await Promise.all([
      import("../../src/operations/send-notification.ts"),
      import("../../src/cli/notify-lines.ts"),
    ]);
    const sent = await sendNotification({ cwd: process.cwd(), env: process.env, channel: args.channel });
    this.data(sentLine(sent));
    this.ends(sentExit(sent));
    return sent;
  }
}
