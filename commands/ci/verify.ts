import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import { safeText } from "../../src/cli/findings.ts";
import type { CiVerified } from "../../src/operations/ci-verify.ts";

const exits = { waits: "waiting", ungated: "findings", fails: "verification" } as const;

export default class CiVerify extends AgentctlCommand {
  static override summary = "Whether a commit has what it takes to land: approvals and gates hold for exactly it. For a required check.";
  static override description =
    "Signers and policies are those of the protected branch. With --reviews, an approving review by a signer's GitHub login counts where policy says reviewMayCount, on gates that this very machine asked: with --gates it asks them when nothing else is missing. Exit 8: people are missing; 6: a review would do, and the gates were not asked here; 7: it does not hold.";
  static override examples = ["<%= config.bin %> ci verify --head agentctl/p-7k2mq0x4w9", "<%= config.bin %> ci verify --base main --reviews --gates"];
  static override flags = {
    base: Flags.string({ description: "the protected branch; default: of the workspace, in Actions that of the pull request" }),
    head: Flags.string({ description: "the commit; HEAD when not given" }),
    reviews: Flags.boolean({ description: "ask GitHub for the reviews of its pull request; the token is GITHUB_TOKEN or GH_TOKEN" }),
    gates: Flags.boolean({
      description: "ask the gates here, where a review lacks nothing but them; that runs the change in containers",
      dependsOn: ["reviews"],
    }),
    remote: Flags.string({ description: "name of the remote, or a URL", default: "origin" }),
    repo: Flags.string({ description: "owner/name on GitHub, where the remote does not say it" }),
  };

  async run(): Promise<CiVerified> {
    const { flags } = await this.parse(CiVerify);
    const { ciVerify } = await import("../../src/operations/ci-verify.ts");
    const { base, head, gates, remote, repo } = flags;
    const found = await ciVerify({ cwd: process.cwd(), env: process.env, base, head, gates, reviews: flags.reviews ? { remote, repo } : undefined });
    const line = (label: string, text: string): void => this.data(`${label.padEnd(9)} ${safeText(text, { oneLine: true })}`);
    for (const { who, how, vote, counts, why } of found.votes) line(vote, `${who}  ${how}${counts ? "" : `  does not count: ${why ?? ""}`}`);
    if (found.gates !== undefined) line("gates", found.gates);
    for (const reason of found.reasons) line(found.verdict === "fails" ? "why" : "waits", reason);
    line(found.verdict, `${found.proposal ?? "no proposal"} at ${found.head}, judged by ${found.base.slice(0, 10)} of ${found.target}`);
    if (found.verdict !== "holds") this.ends(exits[found.verdict]);
    return found;
  }
}
