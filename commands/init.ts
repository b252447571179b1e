import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../src/cli/command.ts";
import type { InitResult } from "../src/operations/init-workspace.ts";

export default class Init extends AgentctlCommand {
  static override summary = "Make a folder into a workspace: a git repository with policies, skills and runners to start from.";
  static override description = "Overwrites nothing and commits nothing; run again, it adds what is missing. Works in an existing repository too.";
  static override examples = ["<%= config.bin %> init", "<%= config.bin %> init ./research --profile research"];
  static override args = { dir: Args.string({ description: "the folder; made when it is missing", default: "." }) };
  static override flags = {
    profile: Flags.option({ options: ["small", "research", "cloud"] as const, default: "small", description: "the set of defaults in agentctl.yaml" })(),
  };

  async run(): Promise<InitResult> {
    const { args, flags } = await this.parse(Init);
    const { initWorkspace } = await import("../src/operations/init-workspace.ts");
    const result = await initWorkspace({ dir: args.dir, profile: flags.profile });
    const tops = [...new Set(result.created.map((path) => path.replace(/\/.*/, "/")))];
    this.data(tops.length > 0 ? `created  ${tops.join(" ")}` : "created  nothing: it is all there");
    for (const { path, why } of result.kept) this.data(`kept     ${path}   ${why}`);
    this.words(`next     ${result.next}     policies take effect when they are committed`);
    return result;
  }
}
