import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand, endOf } from "../../src/cli/command.ts";
import type { AgentRunResult } from "../../src/operations/start-run.ts";

export default class RunFork extends AgentctlCommand {
  static override summary = "Continue an agent's run otherwise, from a place in its record, as a run of its own.";
  static override description =
    "The records up to --at are kept, with the scratch files that they made; from there on the models and the world are asked anew. --policy lets the policies of another commit decide beside those of the protected branch: they can forbid more, never allow more.";
  static override examples = [
    "<%= config.bin %> run fork r-7k2mq0x4w9 --at 12 --model local-smart",
    "<%= config.bin %> run fork r-7k2mq0x4w9 --at 12 --policy stricter",
    "<%= config.bin %> run diff r-7k2mq0x4w9 r-0x4w97k2mq",
  ];
  static override args = { run: Args.string({ description: "id of the run, or a unique beginning of it", required: true }) };
  static override flags = {
    at: Flags.integer({ description: "how many records are kept, as `run show` numbers them", required: true, min: 1 }),
    policy: Flags.string({ description: "a branch, tag or commit whose policies decide too" }),
    model: Flags.string({ description: "a tier or provider/model, instead of the run's" }),
  };

  async run(): Promise<AgentRunResult> {
    const { args, flags } = await this.parse(RunFork);
    const [{ forkRun }, { watchAgent }, { agentRunLines }] = await Promise.all([
      import("../../src/operations/fork-run.ts"),
      import("../../src/cli/agent-watch.ts"),
      import("../../src/cli/agent-run.ts"),
    ]);
    const { watch, shown } = watchAgent((line) => this.words(line));
    const { at, policy, model } = flags;
    try {
      const result = await forkRun({ ...watch, cwd: process.cwd(), env: process.env, run: args.run, at, policy, model });
      await shown.close();
      for (const { stream, line } of agentRunLines(result)) this[stream](line);
      this.words(`compare    agentctl run diff ${args.run} ${result.root}`);
      this.ends(endOf(result.outcome));
      return result;
    } finally {
      await shown.close();
    }
  }
}
