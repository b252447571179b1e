import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { AgentCreated } from "../../src/operations/new-agent.ts";

export default class AgentNew extends AgentctlCommand {
  static override summary = "Write a new agent that works, to be changed into what you want. It runs when it is committed.";
  static override examples = [
    "<%= config.bin %> agent new archivist",
    '<%= config.bin %> agent new fx-quant --from quant --description "Examines currency pairs. Use for anything about exchange rates."',
  ];
  static override args = { name: Args.string({ description: "a-z, 0-9 and single hyphens; also the name of its folder", required: true }) };
  static override flags = {
    from: Flags.string({ description: "an agent that it starts out as; without it, one at level 1 that reads and answers" }),
    description: Flags.string({ description: "what it does and when to use it; route chooses by it" }),
  };

  async run(): Promise<AgentCreated> {
    const { args, flags } = await this.parse(AgentNew);
    const { createAgent } = await import("../../src/operations/new-agent.ts");
    const created = await createAgent({ cwd: process.cwd(), env: process.env, name: args.name, from: flags.from, description: flags.description });
    for (const file of created.files) this.data(file);
    this.words(`next  agentctl agent check ${created.name}, then commit agents/${created.name}`);
    return created;
  }
}
