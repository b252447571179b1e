import { readFileSync } from "node:fs";
import * as Flags from "@oclif/core/flags";
import { AgentctlError, messageOf } from "../../src/base/errors.ts";
import { AgentctlCommand, endOf } from "../../src/cli/command.ts";
import type { CiCommented } from "../../src/operations/ci-comment.ts";

export default class CiComment extends AgentctlCommand {
  static override summary = "Write what ci check found as one comment on a pull request, or bring that comment up to date.";
  static override description =
    "It reads a report and runs nothing, so it can have the right to write that a job with somebody's code must not have. The token is GITHUB_TOKEN or GH_TOKEN.";
  static override examples = ["<%= config.bin %> ci comment --report check.json --pr 12"];
  static override flags = {
    report: Flags.string({ description: "what ci check --output wrote", required: true }),
    pr: Flags.integer({ description: "number of the pull request", required: true, min: 1 }),
    remote: Flags.string({ description: "name of the remote, or a URL", default: "origin" }),
    repo: Flags.string({ description: "owner/name on GitHub, where the remote does not say it" }),
  };

  async run(): Promise<CiCommented> {
    const { flags } = await this.parse(CiComment);
    const { ciComment } = await import("../../src/operations/ci-comment.ts");
    const { pr: pull, remote, repo } = flags;
    const commented = await ciComment({ cwd: process.cwd(), env: process.env, pull, remote, repo, report: read(flags.report) });
    this.data(commented.state === undefined ? `no comment: ${commented.decision.reason}` : `${commented.state}  comment on #${pull}`);
    this.ends(endOf(commented.outcome));
    return commented;
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new AgentctlError("ci/no-report", `${path} cannot be read: ${messageOf(cause)}`, {
      hint: `agentctl ci check --output ${path}`,
      exit: "usage",
      cause,
    });
  }
}
