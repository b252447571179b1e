import * as Args from "@oclif/core/args";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { ReplayResult } from "../../src/operations/replay-run.ts";

export default class RunReplay extends AgentctlCommand {
  static override summary = "Run an agent's run again from its record, offline: the same decisions, or where they differ.";
  static override description =
    "The loop, the agent, the tools and the policies are today's; what models and the world said is the record's. It asks no model, starts no container, reaches nothing and costs nothing. Exit 7 when something differs: a changed policy, prompt or tool is named with the first step where it shows.";
  static override examples = ["<%= config.bin %> run replay r-7k2mq0x4w9", "<%= config.bin %> run replay r-7k2mq0x4w9 --json"];
  static override args = { run: Args.string({ description: "id of the run, or a unique beginning of it", required: true }) };

  async run(): Promise<ReplayResult> {
    const { args } = await this.parse(RunReplay);
    const [{ replayRun }, { replayLines }] = await Promise.all([import("../../src/operations/replay-run.ts"), import("../../src/cli/replay-lines.ts")]);
    const result = await replayRun({ cwd: process.cwd(), env: process.env, run: args.run });
    for (const line of replayLines(result)) this.data(line);
    if (!result.identical) this.ends("verification");
    return result;
  }
}
