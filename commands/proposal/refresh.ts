import * as Args from "@oclif/core/args";
import { AgentctlCommand, endOf } from "../../src/cli/command.ts";
import type { Refreshed } from "../../src/operations/refresh-proposal.ts";

export default class ProposalRefresh extends AgentctlCommand {
  static override summary = "Make a proposal anew on the protected branch of today; what was approved before has to be approved again.";
  static override description = "Path by path, by what lies there: a path that both changed is a conflict, and named. Nothing is merged line by line.";
  static override examples = ["<%= config.bin %> proposal refresh p-7k2m"];
  static override args = { proposal: Args.string({ description: "id of the proposal, or a unique beginning of it", required: true, ignoreStdin: true }) };

  async run(): Promise<Refreshed> {
    const { args } = await this.parse(ProposalRefresh);
    const [{ refreshProposal }, { endedLines }] = await Promise.all([
      import("../../src/operations/refresh-proposal.ts"),
      import("../../src/cli/proposal-lines.ts"),
    ]);
    const made = await refreshProposal({ cwd: process.cwd(), env: process.env, proposal: args.proposal });
    if (made.head === undefined) for (const line of endedLines(made)) this.words(line);
    else {
      this.data(`refreshed ${made.proposal}  on ${made.base?.slice(0, 10) ?? ""}  ${made.replaces.slice(0, 10)} → ${made.head.slice(0, 10)}`);
      this.words(`next  agentctl proposal gate ${made.proposal}     gates and approvals of the old head do not count for it`);
    }
    this.ends(endOf(made.outcome));
    return made;
  }
}
