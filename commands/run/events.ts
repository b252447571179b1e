import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { EventRecord } from "../../src/event/events.ts";

export default class RunEvents extends AgentctlCommand {
  static override summary = "Print the records of a run as JSON lines, each one verified.";
  static override examples = ["<%= config.bin %> run events r-7k2m --kind decision.made", "<%= config.bin %> run events r-7k2m --follow"];
  static override args = { run: Args.string({ description: "id of the run, or a unique beginning of it", required: true }) };
  static override flags = {
    kind: Flags.string({ description: "only records of this kind; may be given more than once", multiple: true, multipleNonGreedy: true }),
    follow: Flags.boolean({ description: "go on until the run has ended" }),
  };

  async run(): Promise<EventRecord[]> {
    const { args, flags } = await this.parse(RunEvents);
    const { runEvents } = await import("../../src/operations/run-events.ts");
    const events: EventRecord[] = [];
    for await (const event of runEvents({ cwd: process.cwd(), env: process.env, run: args.run, kinds: flags.kind ?? [], follow: flags.follow })) {
      if (this.jsonEnabled()) events.push(event);
      this.data(JSON.stringify(event));
    }
    return events;
  }
}
