import * as Args from "@oclif/core/args";
import { AgentctlCommand, endOf } from "../../src/cli/command.ts";
import type { RunOutcome } from "../../src/operations/in-run.ts";

export default class RunWatch extends AgentctlCommand {
  static override summary = "Follow a run until it ends, from its first record; ends as the run does.";
  static override description =
    "On a terminal a live view: subtasks, what each does now and for how long, what is spent of its limits, what waits for you; elsewhere a line a record. Reads the journal, verified record by record; watching changes nothing, and whoever stops watching stops nothing.";
  static override examples = ["<%= config.bin %> run watch r-7k2mq0x4w9"];
  static override args = { run: Args.string({ description: "id of the run, or a unique beginning of it", required: true }) };

  async run(): Promise<{ run: string; outcome: RunOutcome }> {
    const { args } = await this.parse(RunWatch);
    const [{ watchRun }, { timelineEntry }, { timelineLines }, { liveRun }] = await Promise.all([
      import("../../src/operations/watch-run.ts"),
      import("../../src/operations/run-timeline.ts"),
      import("../../src/cli/timeline-lines.ts"),
      import("../../src/cli/live-run.ts"),
    ]);
    const live = process.stderr.isTTY && !this.jsonEnabled() ? liveRun() : undefined;
    // Where both are the terminal, lines would stand between the drawings.
    const lines = live === undefined || !process.stdout.isTTY;
    let startMs: number | undefined;
    try {
      const outcome = await watchRun({
        cwd: process.cwd(),
        env: process.env,
        run: args.run,
        onRecord: (record) => {
          live?.onRecord(record);
          startMs ??= Date.parse(record.ts);
          if (lines) for (const line of timelineLines([timelineEntry(record, Date.parse(record.ts) - startMs)])) this.data(line);
        },
      });
      this.ends(endOf(outcome));
      return { run: args.run, outcome };
    } finally {
      live?.close();
    }
  }
}
