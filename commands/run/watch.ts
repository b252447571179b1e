import * as Args from "@oclif/core/args";
import { AgentctlCommand, endOf } from "../../src/cli/command.ts";
import type { RunOutcome } from "../../src/operations/in-run.ts";

export default class RunWatch extends AgentctlCommand {
  static override summary = "Follow a run until it ends, from its first record; ends as the run does.";
  static override description = "Reads the journal, verified record by record; watching changes nothing, and whoever stops watching stops nothing.";
  static override examples = ["<%= config.bin %> run watch r-7k2mq0x4w9"];
  static override args = { run: Args.string({ description: "id of the run, or a unique beginning of it", required: true }) };

  async run(): Promise<{ run: string; outcome: RunOutcome }> {
    const { args } = await this.parse(RunWatch);
    const [{ watchRun }, { timelineEntry }, { timelineLines }] = await Promise.all([
      import("../../src/operations/watch-run.ts"),
      import("../../src/operations/run-timeline.ts"),
      import("../../src/cli/timeline-lines.ts"),
    ]);
    let startMs: number | undefined;
    const outcome = await watchRun({
      cwd: process.cwd(),
      env: process.env,
      run: args.run,
      onRecord: (record) => {
        startMs ??= Date.parse(record.ts);
        for (const line of timelineLines([timelineEntry(record, Date.parse(record.ts) - startMs)])) this.data(line);
      },
    });
    this.ends(endOf(outcome));
    return { run: args.run, outcome };
  }
}
