import * as Args from "@oclif/core/args";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { DataShown } from "../../src/operations/show-data.ts";

export default class DataShow extends AgentctlCommand {
  static override summary = "Show a data set: range, gaps, source, licence, digest, and whether its manifest is committed.";
  static override examples = ["<%= config.bin %> data show sp500-daily", "<%= config.bin %> data show sp500-daily --json | jq .gaps"];
  static override description = "Reads the manifest only; `data verify` looks at the bars.";
  static override args = { name: Args.string({ description: "the data set", required: true }) };

  async run(): Promise<DataShown> {
    const { args } = await this.parse(DataShow);
    const [{ showData }, { dataShown }] = await Promise.all([import("../../src/operations/show-data.ts"), import("../../src/cli/data-lines.ts")]);
    const shown = await showData({ cwd: process.cwd(), env: process.env, name: args.name });
    for (const line of dataShown(shown)) this.data(line);
    return shown;
  }
}
