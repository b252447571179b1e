import * as Args from "@oclif/core/args";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { AutonomyReport } from "../../src/operations/show-autonomy.ts";

export default class AgentAutonomy extends AgentctlCommand {
  static override summary = "Show what agents may do by themselves, class by class: the level declared, the level that counts now, and what they have earned.";
  static override description =
    "Computed anew from git, the ledger and the record: successes, regressions, incidents and breaches since the level or autonomy in agent.yaml last changed. A level falls by itself on a breach; it rises only by a proposal that takes two keys.";
  static override examples = [
    "<%= config.bin %> agent autonomy",
    "<%= config.bin %> agent autonomy quant",
    "<%= config.bin %> agent autonomy quant --json | jq '.[0].classes'",
  ];
  static override args = { name: Args.string({ description: "the agent; every one of the commit when not given" }) };

  async run(): Promise<AutonomyReport[]> {
    const { args } = await this.parse(AgentAutonomy);
    const [{ showAutonomy }, { listAgents }, { autonomyLines }] = await Promise.all([
      import("../../src/operations/show-autonomy.ts"),
      import("../../src/operations/list-agents.ts"),
      import("../../src/cli/autonomy-lines.ts"),
    ]);
    const place = { cwd: process.cwd(), env: process.env };
    const running = async (): Promise<string[]> =>
      (await listAgents(place)).flatMap(({ name, state, problem }) => (state === "new" || problem !== null ? [] : [name]));
    const reports: AutonomyReport[] = [];
    for (const name of args.name === undefined ? await running() : [args.name]) reports.push(await showAutonomy({ ...place, name }));
    for (const [index, report] of reports.entries()) {
      if (index > 0) this.data("");
      for (const line of autonomyLines(report)) this.data(line);
    }
    return reports;
  }
}
