import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { AgentReport } from "../../src/operations/show-agent.ts";

export default class AgentShow extends AgentctlCommand {
  static override summary =
    "Show everything about an agent: level, limits, prompt, what policy says of each of its tools, last runs, and what is wrong with it.";
  static override description =
    "What is shown is what runs: the agent of the commit. The answer for a tool is that of a usual call; each call is decided by itself (`agentctl policy check`).";
  static override examples = [
    "<%= config.bin %> agent show quant",
    "<%= config.bin %> agent show quant --edited",
    "<%= config.bin %> agent show code --json | jq .permits",
  ];
  static override args = { name: Args.string({ description: "the agent", required: true }) };
  static override flags = { edited: Flags.boolean({ description: "the draft on disk instead" }) };

  async run(): Promise<AgentReport> {
    const { args, flags } = await this.parse(AgentShow);
    const [{ showAgent }, { agentLines }] = await Promise.all([import("../../src/operations/show-agent.ts"), import("../../src/cli/agent-lines.ts")]);
    const report = await showAgent({
      cwd: process.cwd(),
      env: process.env,
      name: args.name,
      edited: flags.edited,
      warn: (text) => this.words(`warn  ${text}`),
    });
    for (const line of agentLines(report)) this.data(line);
    for (const warning of report.warnings) this.words(`warn  ${warning}`);
    return report;
  }
}
