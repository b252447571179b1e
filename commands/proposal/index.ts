import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { ProposalList } from "../../src/operations/list-proposals.ts";

const states = ["open", "stale", "rejected", "withdrawn", "landed", "rolled-back"] as const;

export default class ProposalIndex extends AgentctlCommand {
  static override summary = "List the changes that wait for people: what they touch, the least that they take, who proposes them.";
  static override description =
    "From the branches agentctl/<id> and what this machine knows of them. Kind and class follow from paths and files, never from the title. Policy can ask for more than `needs` says: proposal show.";
  static override examples = ["<%= config.bin %> proposal", "<%= config.bin %> proposal --all --json", "<%= config.bin %> proposal --state landed"];
  static override flags = {
    all: Flags.boolean({ description: "also those that ended" }),
    state: Flags.option({ description: "only those of this state", options: states, exclusive: ["all"] })(),
  };

  async run(): Promise<ProposalList> {
    const { flags } = await this.parse(ProposalIndex);
    const [{ listProposals }, { proposalRows, unreadableLines }] = await Promise.all([
      import("../../src/operations/list-proposals.ts"),
      import("../../src/cli/proposal-lines.ts"),
    ]);
    const list = await listProposals({ cwd: process.cwd(), env: process.env, all: flags.all, state: flags.state });
    if (list.proposals.length === 0) this.words(flags.all ? "nothing was ever proposed" : "nothing waits     agentctl proposal --all");
    else for (const line of proposalRows(list)) this.data(line);
    for (const line of unreadableLines(list)) this.words(line);
    const [first] = list.proposals;
    if (first !== undefined) this.words(`next  agentctl proposal show ${first.proposal}`);
    return list;
  }
}
