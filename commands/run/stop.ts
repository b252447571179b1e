import * as Args from "@oclif/core/args";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { StopResult } from "../../src/operations/stop-run.ts";

export default class RunStop extends AgentctlCommand {
  static override summary = "Stop one run: its model call and its container end, what it did stays on record.";
  static override description =
    "Its process is told to end and killed when it does not within three seconds. An agent's run can be gone on with: `agentctl run resume`.";
  static override examples = ["<%= config.bin %> run stop r-7k2mq0x4w9"];
  static override args = { run: Args.string({ description: "id of the run, or a unique beginning of it", required: true }) };

  async run(): Promise<StopResult> {
    const { args } = await this.parse(RunStop);
    const { stopRun } = await import("../../src/operations/stop-run.ts");
    const result = await stopRun({ cwd: process.cwd(), env: process.env, run: args.run });
    this.words(`${result.how}    ${result.run}  ${result.durationMs} ms     agentctl run show ${result.run}`);
    return result;
  }
}
