import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { LandResult } from "../../src/operations/land-proposal.ts";

export default class ProposalLand extends AgentctlCommand {
  static override summary = "Land an approved proposal on the protected branch, as a merge whose tree is exactly the approved one.";
  static override description =
    "Approvals and gates are judged once more against the branch as it is now. The branch moves in one step, from exactly the commit that was judged; where it stood is kept in refs/agentctl/snapshots. Files of this working tree that nobody edited follow. Ends with 8 while approvals are missing, 3 when it may not land, 6 when its gates did not pass, 7 when something does not fit.";
  static override examples = ["<%= config.bin %> proposal land p-7k2m", "<%= config.bin %> proposal land p-7k2m --dry-run"];
  static override args = { proposal: Args.string({ description: "id of the proposal, or a unique beginning of it", required: true, ignoreStdin: true }) };
  static override flags = {
    "dry-run": Flags.boolean({ description: "only say whether it would land, and why not" }),
    reviews: Flags.boolean({ description: "ask GitHub for reviews, which count where policy says reviewMayCount; the token is GITHUB_TOKEN or GH_TOKEN" }),
    remote: Flags.string({ description: "name of the remote, or a URL", default: "origin" }),
    repo: Flags.string({ description: "owner/name on GitHub, where the remote does not say it", dependsOn: ["reviews"] }),
  };

  async run(): Promise<LandResult> {
    const { args, flags } = await this.parse(ProposalLand);
    const [{ landProposal }, { landingLines }] = await Promise.all([import("../../src/operations/land-proposal.ts"), import("../../src/cli/landing-lines.ts")]);
    const reviews = flags.reviews ? { remote: flags.remote, repo: flags.repo } : undefined;
    const result = await landProposal({ cwd: process.cwd(), env: process.env, proposal: args.proposal, dryRun: flags["dry-run"], reviews });
    for (const { stream, line } of landingLines(result)) this[stream](line);
    this.ends(result.exit);
    return result;
  }
}
