import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import { table } from "../../src/cli/table.ts";
import type { RunSummary } from "../../src/operations/list-runs.ts";

export default class Run extends AgentctlCommand {
  static override summary = "List runs, the newest first; an agent's run with all its parts is one.";
  static override examples = ["<%= config.bin %> run", "<%= config.bin %> run --outcome denied --limit 5 --json"];
  static override flags = {
    limit: Flags.integer({ description: "how many", default: 20, min: 1 }),
    outcome: Flags.string({
      description: "only runs that ended so",
      options: ["running", "ok", "failed", "denied", "waiting", "budget", "timeout", "halted", "interrupted", "damaged"],
    }),
  };

  async run(): Promise<RunSummary[]> {
    const { flags } = await this.parse(Run);
    const { listRuns } = await import("../../src/operations/list-runs.ts");
    const { duration, named, said } = await import("../../src/operations/timeline-words.ts");
    const { safeText } = await import("../../src/base/safe-text.ts");
    const runs = await listRuns({ cwd: process.cwd(), env: process.env, limit: flags.limit, outcome: flags.outcome });
    const rows = runs.map(({ run, started, outcome, command, actor, durationMs, agent }) => ({
      run,
      started: started.slice(0, 19).replace("T", " "),
      outcome,
      took: durationMs === undefined ? "" : duration(durationMs),
      actor: safeText(actor, { oneLine: true }),
      command: agent === undefined ? safeText(command, { oneLine: true }) : `${named(agent.name)} ${said(agent.objective, 60)}`,
    }));
    if (rows.length === 0) this.words(flags.outcome === undefined ? "no runs yet" : `no run with outcome ${flags.outcome}`);
    else for (const line of table(rows, ["run", "started", "outcome", "took", "actor", "command"])) this.data(line);
    return runs;
  }
}
