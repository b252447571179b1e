import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand, endOf } from "../../src/cli/command.ts";
import type { AgentRunResult } from "../../src/operations/start-run.ts";

export default class RunResume extends AgentctlCommand {
  static override summary = "Go on with an agent's run that waited, was stopped or killed, failed, or reached a limit.";
  static override description =
    "What is on record is not done again: a model that answered is not asked, a tool call with a receipt is not made. A call whose end nobody knows is repeated where that does no harm; otherwise a person is asked first. It goes on as a further part of the same run, with the agent of its beginning and no more than that agent has today; its limits stay, and count all parts: under higher ones it is forked.";
  static override examples = ["<%= config.bin %> run resume r-7k2mq0x4w9"];
  static override args = { run: Args.string({ description: "id of the run, or a unique beginning of it", required: true }) };

  static override flags = { record: Flags.string({ description: "write what the models answer to this cassette", helpValue: "FILE" }) };

  async run(): Promise<AgentRunResult> {
    const { args, flags } = await this.parse(RunResume);
    const [{ resumeRun }, { watchAgent }, { agentRunLines }] = await Promise.all([
      import("../../src/operations/resume-run.ts"),
      import("../../src/cli/agent-watch.ts"),
      import("../../src/cli/agent-run.ts"),
    ]);
    const { watch, shown } = watchAgent((line) => this.words(line));
    try {
      const result = await resumeRun({ ...watch, cwd: process.cwd(), env: process.env, run: args.run, record: flags.record });
      await shown.close();
      for (const { stream, line } of agentRunLines(result)) this[stream](line);
      this.ends(endOf(result.outcome));
      return result;
    } finally {
      await shown.close();
    }
  }
}
