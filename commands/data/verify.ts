import * as Args from "@oclif/core/args";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { VerifiedData } from "../../src/operations/verify-data.ts";

export default class DataVerify extends AgentctlCommand {
  static override summary = "Check the bars in the lake against the committed manifests, and their health.";
  static override description = "Exit 7: bars and manifest differ, or there is nothing to compare. Exit 6: they agree, and the bars are not healthy.";
  static override examples = ["<%= config.bin %> data verify", "<%= config.bin %> data verify sp500-daily --json"];
  static override args = { name: Args.string({ description: "the data set; all when none is named" }) };

  async run(): Promise<VerifiedData[]> {
    const { args } = await this.parse(DataVerify);
    const [{ verifyData }, { verifiedLines }] = await Promise.all([import("../../src/operations/verify-data.ts"), import("../../src/cli/data-lines.ts")]);
    const verified = await verifyData({ cwd: process.cwd(), env: process.env, name: args.name });
    for (const each of verified) for (const line of verifiedLines(each)) this.data(line);
    if (verified.some(({ differences }) => differences.length > 0)) this.ends("verification");
    else if (verified.some(({ passed }) => !passed)) this.ends("findings");
    return verified;
  }
}
