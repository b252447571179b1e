import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import { table } from "../../src/cli/table.ts";
import type { GrantSummary } from "../../src/operations/list-grants.ts";

export default class Grant extends AgentctlCommand {
  static override summary = "List the standing permissions that people gave to agents: what for, how far they reach, until when.";
  static override examples = ["<%= config.bin %> grant", "<%= config.bin %> grant --all"];
  static override flags = { all: Flags.boolean({ description: "also those that have ended" }) };

  async run(): Promise<GrantSummary[]> {
    const { flags } = await this.parse(Grant);
    const [{ listGrants }, { grantWords }, { safeText }] = await Promise.all([
      import("../../src/operations/list-grants.ts"),
      import("../../src/cli/approval-lines.ts"),
      import("../../src/base/safe-text.ts"),
    ]);
    const grants = listGrants({ cwd: process.cwd(), env: process.env, all: flags.all });
    const rows = grants.map((each) => ({
      grant: each.grant,
      reaches: grantWords(each),
      until: each.until.slice(0, 16).replace("T", " "),
      by: safeText(each.by, { oneLine: true }),
      uses: each.uses,
      state: each.state,
    }));
    if (rows.length === 0) this.words(flags.all ? "nothing was ever granted" : "nothing is granted     agentctl grant --all");
    else for (const line of table(rows, ["grant", "reaches", "until", "by", "uses", ...(flags.all ? (["state"] as const) : [])])) this.data(line);
    return grants;
  }
}
