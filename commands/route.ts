import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { Route as Routed } from "../src/agent/route.ts";
import { AgentctlCommand } from "../src/cli/command.ts";
import { readInput } from "../src/cli/stdin.ts";

export default class Route extends AgentctlCommand {
  static override summary = "Say who would work on an objective, and why: a skill that solves it already, else an agent. No model is asked, nothing runs.";
  static override description =
    "By the phrases that agents name, the words of descriptions and tags, and how similar runs ended. Skills that nobody has trusted are not looked at. Exit 1: nothing fits.";
  static override examples = [
    '<%= config.bin %> route "backtest sma-cross and say whether it is any good"',
    '<%= config.bin %> route "fix the failing test in src/money.ts" --json | jq -r .choice.name',
    '<%= config.bin %> route "profile the delivery" --given file',
  ];
  static override args = { objective: Args.string({ description: "what is to be done; - reads it from stdin", ignoreStdin: true, required: true }) };
  static override flags = {
    given: Flags.string({ description: "a property of a skill's input that would be given; may be repeated", multiple: true }),
  };

  async run(): Promise<Routed> {
    const { args, flags } = await this.parse(Route);
    const [{ routeObjective }, { routeLines }] = await Promise.all([import("../src/operations/route-objective.ts"), import("../src/cli/route-lines.ts")]);
    const objective = (await readInput(args.objective)) ?? "";
    const routed = await routeObjective({
      cwd: process.cwd(),
      env: process.env,
      objective,
      given: flags.given ?? [],
      warn: (text) => this.words(`warn  ${text}`),
    });
    for (const line of routeLines(routed)) this.data(line);
    if (routed.choice === null) {
      this.words("name an agent yourself     agentctl agent");
      this.ends("failed");
    }
    return routed;
  }
}
