import * as Args from "@oclif/core/args";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { SentNotification } from "../../src/operations/send-notification.ts";

export default class NotifySend extends AgentctlCommand {
  static override summary = "Send a message to a channel, decided and recorded; exit 1 when the service did not take it, 3 when policy denies it.";
  static override examples = ['<%= config.bin %> notify send ops "the data of November is in"'];
  static override args = {
    channel: Args.string({ description: "name of the channel", required: true }),
    text: Args.string({ description: "what people read", required: true }),
  };

  async run(): Promise<SentNotification> {
    const { args } = await this.parse(NotifySend);
    const [{ sendNotification }, { sentLine, sentExit }] = await Promise.all([
      import("../../src/operations/send-notification.ts"),
      import("../../src/cli/notify-lines.ts"),
    ]);
    const sent = await sendNotification({ cwd: process.cwd(), env: process.env, channel: args.channel, text: args.text });
    this.data(sentLine(sent));
    this.ends(sentExit(sent));
    return sent;
  }
}
