import { AgentctlCommand } from "../../src/cli/command.ts";
import type { ConversationRow } from "../../src/operations/list-conversations.ts";

export default class MemoryConversations extends AgentctlCommand {
  static override summary = "List your conversations: what `run start --conversation` tells agents of earlier runs.";
  static override description = "Of the last memory.turnsMax turns, none older than memory.turnAgeMs. Nobody else's are shown or told.";
  static override examples = ["<%= config.bin %> memory conversations", "<%= config.bin %> memory conversations --json | jq '.[0]'"];

  async run(): Promise<ConversationRow[]> {
    await this.parse(MemoryConversations);
    const [{ listConversations }, { table }] = await Promise.all([import("../../src/operations/list-conversations.ts"), import("../../src/cli/table.ts")]);
    const rows = listConversations({ cwd: process.cwd(), env: process.env });
    if (rows.length > 0) for (const line of table(rows, ["conversation", "turns", "first", "last"])) this.data(line);
    else this.words('none yet     agentctl run start "…" --agent NAME --conversation NAME');
    return rows;
  }
}
