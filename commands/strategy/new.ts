import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { StrategyCreated } from "../../src/operations/new-strategy.ts";

export default class StrategyNew extends AgentctlCommand {
  static override summary = "Write a new strategy that loads, runs and trades, to be changed into what you want.";
  static override description = "declared: rules as expressions, no code runs. typescript and python: code of your own, in a container.";
  static override examples = [
    "<%= config.bin %> strategy new golden-cross",
    "<%= config.bin %> strategy new gap-fade --kind typescript --market sp500-daily",
    "<%= config.bin %> strategy new carry --kind python",
  ];
  static override args = { name: Args.string({ description: "a-z, 0-9 and single hyphens; also the name of its folder", required: true }) };
  static override flags = {
    kind: Flags.string({ description: "how it says when to trade", options: ["declared", "typescript", "python"], default: "declared" }),
    market: Flags.string({ description: "data set that it trades; the first of the workspace when not given" }),
  };

  async run(): Promise<StrategyCreated> {
    const { args, flags } = await this.parse(StrategyNew);
    const { createStrategy } = await import("../../src/operations/new-strategy.ts");
    const created = createStrategy({
      cwd: process.cwd(),
      env: process.env,
      name: args.name,
      kind: flags.kind as StrategyCreated["kind"],
      market: flags.market,
    });
    for (const file of created.files) this.data(file);
    this.words(`next  agentctl strategy check ${created.name} && agentctl backtest run ${created.name}`);
    return created;
  }
}
