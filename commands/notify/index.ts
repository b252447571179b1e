import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { NotificationList } from "../../src/operations/list-notifications.ts";

export default class NotifyIndex extends AgentctlCommand {
  static override summary = "List the channels by which people are told what happens, and the messages that wait, were given up or denied.";
  static override description = [
    "Channels stand below notify.channels in agentctl.yaml and count where they are committed; what is secret comes out of variables with TELEGRAM, DISCORD, WEBHOOK or NOTIFY in their names:",
    "",
    'ops: { type: telegram, token: "${TELEGRAM_BOT_TOKEN}", chat: -100123456789 }',
    'team: { type: discord, url: "${DISCORD_WEBHOOK_URL}", on: [approval, run] }',
    'pager: { type: webhook, url: https://pager.example.org/in, secret: "${WEBHOOK_SECRET}", template: { summary: "{title}" } }',
    "",
    "on: approval, budget, halt, incident (these four when nothing is said), run (an agent's run ended), agent (what agents send with their tool notify). Templates know {title} {text} {run} {agent} {approval} {command} {topic} {time}. Each message is decided as notify.send, waits on disk until a service took it, and is tried for a day.",
  ].join("\n");
  static override examples = ["<%= config.bin %> notify", "<%= config.bin %> notify --all --json"];
  static override flags = { all: Flags.boolean({ description: "also the last hundred that were sent" }) };

  async run(): Promise<NotificationList> {
    const { flags } = await this.parse(NotifyIndex);
    const [{ listNotifications }, { notifyLines }] = await Promise.all([
      import("../../src/operations/list-notifications.ts"),
      import("../../src/cli/notify-lines.ts"),
    ]);
    const list = await listNotifications({ cwd: process.cwd(), env: process.env, all: flags.all });
    for (const line of notifyLines(list)) this.data(line);
    if (list.uncommitted !== undefined) this.words(`warn  ${list.uncommitted}`);
    if (list.channels.length === 0) this.words("no channels     agentctl notify --help");
    else if (list.notifications.some(({ state }) => state === "queued")) this.words("next  agentctl notify flush");
    return list;
  }
}
