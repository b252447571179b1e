import { AgentctlCommand } from "../../src/cli/command.ts";
import type { StrategyRow } from "../../src/operations/list-strategies.ts";

export default class Strategy extends AgentctlCommand {
  static override summary = "List the strategies of the workspace, with what the gate said last.";
  static override description = "gate is empty when these very files were never judged: a strategy that was edited since is another one.";
  static override examples = ["<%= config.bin %> strategy", "<%= config.bin %> strategy --json | jq '.[] | select(.gate.passed)'"];

  async run(): Promise<StrategyRow[]> {
    const [{ listStrategies }, { strategyList }] = await Promise.all([
      import("../../src/operations/list-strategies.ts"),
      import("../../src/cli/strategy-lines.ts"),
    ]);
    const rows = await listStrategies({ cwd: process.cwd(), env: process.env, warn: (text) => this.words(`warn  ${text}`) });
    for (const line of strategyList(rows)) this.data(line);
    if (rows.length === 0) this.words("none yet; agentctl strategy new <name> writes one that works");
    return rows;
  }
}
