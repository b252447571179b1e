import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { FetchedProposals } from "../../src/operations/fetch-proposals.ts";

export default class ProposalFetch extends AgentctlCommand {
  static override summary = "Bring proposals and the answers to them from a remote, looked at before they lie beside yours.";
  static override description =
    "Only agentctl/* branches and refs/agentctl/approvals are fetched. A branch of yours that differs stays, unless --theirs is given. An answer is judged by when it came here, not by what it says of its own time; one without a signature never counts here.";
  static override examples = ["<%= config.bin %> proposal fetch", "<%= config.bin %> proposal fetch p-7k2mq0x4w9 --remote upstream"];
  static override args = { proposal: Args.string({ description: "only this one, by its whole id", ignoreStdin: true }) };
  static override flags = {
    remote: Flags.string({ description: "name of the remote, or a URL", default: "origin" }),
    theirs: Flags.boolean({ description: "where the remote's branch is another one, take it instead of yours" }),
  };

  async run(): Promise<FetchedProposals> {
    const { args, flags } = await this.parse(ProposalFetch);
    const [{ fetchProposals }, { fetchedLines }] = await Promise.all([
      import("../../src/operations/fetch-proposals.ts"),
      import("../../src/cli/proposal-sync-lines.ts"),
    ]);
    const fetched = await fetchProposals({ cwd: process.cwd(), env: process.env, remote: flags.remote, proposal: args.proposal, theirs: flags.theirs });
    const lines = fetchedLines(fetched);
    for (const line of lines.data) this.data(line);
    for (const line of lines.words) this.words(line);
    return fetched;
  }
}
