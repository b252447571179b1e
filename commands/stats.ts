import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../src/cli/command.ts";
import type { ShownStats } from "../src/operations/show-stats.ts";

export default class Stats extends AgentctlCommand {
  static override summary = "The last days by agent, model, skill, tool and command: success, tokens, cost, time.";
  static override description =
    "Success is the share of those that ended ok, of those that say something (not: waiting, halted, interrupted, cancelled), with its 95 % interval. Tokens are input + output. The time of an agent is its time at work, without waiting for people.";
  static override examples = ["<%= config.bin %> stats", "<%= config.bin %> stats --days 30 --by model"];
  static override flags = {
    days: Flags.integer({ description: "how many days back", default: 7, min: 1, max: 3650 }),
    by: Flags.option({ description: "only one table", options: ["agent", "model", "skill", "tool", "command", "all"] as const, default: "all" })(),
  };

  async run(): Promise<ShownStats> {
    const { flags } = await this.parse(Stats);
    const [{ showStats, statGroups }, { statLines }] = await Promise.all([import("../src/operations/show-stats.ts"), import("../src/cli/stat-lines.ts")]);
    const by = flags.by === "all" ? statGroups : [flags.by];
    const stats = await showStats({ cwd: process.cwd(), env: process.env, days: flags.days, by });
    if (stats.rows.length === 0) this.words(`nothing in the last ${flags.days} days`);
    for (const line of statLines(stats.rows)) this.data(line);
    return stats;
  }
}
