import { AgentctlCommand } from "../../src/cli/command.ts";
import type { DataRow } from "../../src/operations/list-data.ts";

export default class Data extends AgentctlCommand {
  static override summary = "List the data sets: symbol, timeframe, range, what is missing, and whether the lake holds the bars.";
  static override description = "A data set is data/<name>.yaml, which is committed, and its bars, which lie in the lake and are known by their digest.";
  static override examples = ["<%= config.bin %> data", "<%= config.bin %> data --json | jq -r '.[] | select(.inLake | not) | .name'"];

  async run(): Promise<DataRow[]> {
    const [{ listData }, { dataList }] = await Promise.all([import("../../src/operations/list-data.ts"), import("../../src/cli/data-lines.ts")]);
    const rows = listData({ cwd: process.cwd(), env: process.env });
    for (const line of dataList(rows)) this.data(line);
    if (rows.length === 0) this.words("none yet   agentctl data import FILE --name NAME --symbol SYMBOL --timeframe 1d");
    return rows;
  }
}
