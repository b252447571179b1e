import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { FlushResult } from "../../src/operations/flush-notifications.ts";

export default class NotifyFlush extends AgentctlCommand {
  static override summary = "Send the messages that wait; exit 1 while some still do or were given up.";
  static override description =
    "Runs send their own messages and what others left; this is for a timer, or for when a service is back. Also works while halted. One process sends at a time.";
  static override examples = ["<%= config.bin %> notify flush", "<%= config.bin %> notify flush --failed"];
  static override flags = { failed: Flags.boolean({ description: "also those that were given up, as if they were new" }) };

  async run(): Promise<FlushResult> {
    const { flags } = await this.parse(NotifyFlush);
    const { flushNotifications } = await import("../../src/operations/flush-notifications.ts");
    const result = await flushNotifications({ cwd: process.cwd(), env: process.env, waitMs: 30_000, failed: flags.failed });
    const { run, sent, failed, denied, waiting } = result;
    if (run === undefined && waiting === 0) this.words("nothing waits");
    else this.data(`${sent} sent · ${failed} given up · ${denied} denied · ${waiting} waiting${run === undefined ? "" : `  ${run}`}`);
    if (failed > 0 || waiting > 0) {
      this.words("why   agentctl notify");
      this.ends("failed");
    }
    return result;
  }
}
