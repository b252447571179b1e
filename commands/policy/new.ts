import * as Args from "@oclif/core/args";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { NewPolicy } from "../../src/operations/new-policy.ts";

export default class PolicyNew extends AgentctlCommand {
  static override summary = "Write a new policy: a rule with examples, its cases and a page, ready to be changed.";
  static override examples = ["<%= config.bin %> policy new open-data"];
  static override args = { name: Args.string({ description: "name of the policy: a-z, 0-9 and hyphens", ignoreStdin: true, required: true }) };

  async run(): Promise<NewPolicy> {
    const { args } = await this.parse(PolicyNew);
    const { newPolicy } = await import("../../src/operations/new-policy.ts");
    const made = newPolicy({ cwd: process.cwd(), env: process.env, name: args.name });
    for (const file of made.files) this.data(file);
    this.words("next    change it, then  agentctl policy test     it takes effect when it is committed");
    return made;
  }
}
