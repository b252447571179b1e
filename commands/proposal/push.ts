import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { PullRequestOpened } from "../../src/operations/open-pull-request.ts";
import type { PushedProposal } from "../../src/operations/push-proposal.ts";

export default class ProposalPush extends AgentctlCommand {
  static override summary = "Bring a proposal's branch and the answers to it to a remote; nothing is forced.";
  static override description =
    "Answers that the remote has and this clone has not come here first, and are joined: two people who approve at the same time are both there.";
  static override examples = [
    "<%= config.bin %> proposal push p-7k2m",
    "<%= config.bin %> proposal push p-7k2m --remote upstream",
    "<%= config.bin %> proposal push p-7k2m --pr",
  ];
  static override args = { proposal: Args.string({ description: "id of the proposal, or a unique beginning of it", required: true, ignoreStdin: true }) };
  static override flags = {
    remote: Flags.string({ description: "name of the remote, or a URL", default: "origin" }),
    pr: Flags.boolean({ description: "open the pull request on GitHub, or bring its text up to date; the token is GITHUB_TOKEN or GH_TOKEN" }),
    repo: Flags.string({ description: "owner/name on GitHub, where the remote does not say it", dependsOn: ["pr"] }),
    draft: Flags.boolean({ description: "open it as a draft", dependsOn: ["pr"] }),
  };

  async run(): Promise<PushedProposal & { pullRequest?: PullRequestOpened }> {
    const { args, flags } = await this.parse(ProposalPush);
    const [{ pushProposal }, { pushedLines }] = await Promise.all([
      import("../../src/operations/push-proposal.ts"),
      import("../../src/cli/proposal-sync-lines.ts"),
    ]);
    const pushed = await pushProposal({ cwd: process.cwd(), env: process.env, proposal: args.proposal, remote: flags.remote });
    for (const line of pushedLines(pushed)) this.data(line);
    if (!flags.pr) return pushed;
    const [{ openPullRequest }, { pullRequestLine, pullRequestExit }] = await Promise.all([
      import("../../src/operations/open-pull-request.ts"),
      import("../../src/cli/pull-request-lines.ts"),
    ]);
    const { remote, repo, draft } = flags;
    const pullRequest = await openPullRequest({ cwd: process.cwd(), env: process.env, proposal: pushed.proposal, remote, repo, draft });
    this.data(pullRequestLine(pullRequest));
    this.ends(pullRequestExit(pullRequest));
    return { ...pushed, pullRequest };
  }
}
