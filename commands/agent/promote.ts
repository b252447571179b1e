import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand, endOf } from "../../src/cli/command.ts";
import type { Promotion } from "../../src/operations/promote-agent.ts";

const classes = ["R", "W", "B", "N", "C", "T"] as const;

export default class AgentPromote extends AgentctlCommand {
  static override summary = "Propose another level of an agent, with what the record says of it; more autonomy takes two keys.";
  static override description =
    "Without --class it is the level of the agent; with it, that of one class. What is not earned is refused with the numbers (exit 3). A lower level needs no figures. Nothing changes before the proposal has landed.";
  static override examples = [
    "<%= config.bin %> agent promote quant",
    "<%= config.bin %> agent promote quant --class W --to 2",
    "<%= config.bin %> agent promote quant --renew --anyway",
  ];
  static override args = { name: Args.string({ description: "the agent", required: true }) };
  static override flags = {
    class: Flags.option({ options: classes, description: "only this class" })(),
    to: Flags.integer({ description: "the level; one more than declared when not given", min: 1, max: 4 }),
    renew: Flags.boolean({ description: "another chance: breaches until today count no more" }),
    anyway: Flags.boolean({ description: "propose it although it is not earned; the rationale says so" }),
  };

  async run(): Promise<Promotion> {
    const { args, flags } = await this.parse(AgentPromote);
    const [{ promoteAgent }, { promotionLines }] = await Promise.all([
      import("../../src/operations/promote-agent.ts"),
      import("../../src/cli/autonomy-lines.ts"),
    ]);
    const promotion = await promoteAgent({ cwd: process.cwd(), env: process.env, name: args.name, ...flags });
    for (const line of promotionLines(promotion)) this.words(line);
    if (promotion.proposal !== undefined) this.data(promotion.proposal.id);
    else this.ends(promotion.outcome === undefined ? "denied" : endOf(promotion.outcome));
    return promotion;
  }
}
