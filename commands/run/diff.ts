import * as Args from "@oclif/core/args";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { RunsCompared } from "../../src/operations/diff-runs.ts";

export default class RunDiff extends AgentctlCommand {
  static override summary = "Compare two agents' runs step by step: what models said, what tools came to, what it cost.";
  static override examples = ["<%= config.bin %> run diff r-7k2mq0x4w9 r-0x4w97k2mq", "<%= config.bin %> run diff r-7k2mq0x4w9 r-0x4w97k2mq --json"];
  static override args = {
    a: Args.string({ description: "id of one run", required: true }),
    b: Args.string({ description: "id of the other one", required: true }),
  };

  async run(): Promise<RunsCompared> {
    const { args } = await this.parse(RunDiff);
    const [{ diffRuns }, { diffLines }] = await Promise.all([import("../../src/operations/diff-runs.ts"), import("../../src/cli/replay-lines.ts")]);
    const result = await diffRuns({ cwd: process.cwd(), env: process.env, a: args.a, b: args.b });
    for (const line of diffLines(result)) this.data(line);
    return result;
  }
}
