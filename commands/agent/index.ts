import { AgentctlCommand } from "../../src/cli/command.ts";
import type { AgentRow } from "../../src/operations/list-agents.ts";

export default class Agent extends AgentctlCommand {
  static override summary = "List the agents of the commit, which are those that run, and the drafts beside them.";
  static override description =
    "state: edited, when the files on disk are others than the commit's, which run; new, when the commit has none of that name, so it does not run. runs and ok (the part that ended well) are of the last 500 runs.";
  static override examples = ["<%= config.bin %> agent", "<%= config.bin %> agent --json | jq '.[] | select(.level > 2) | .name'"];

  async run(): Promise<AgentRow[]> {
    const [{ listAgents }, { agentList }] = await Promise.all([import("../../src/operations/list-agents.ts"), import("../../src/cli/agent-lines.ts")]);
    const rows = await listAgents({ cwd: process.cwd(), env: process.env, warn: (text) => this.words(`warn  ${text}`) });
    for (const line of agentList(rows)) this.data(line);
    if (rows.length === 0) this.words("none yet; agentctl init brings some, agentctl agent new <name> writes one that works");
    return rows;
  }
}
