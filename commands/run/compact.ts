import { AgentctlCommand } from "../../src/cli/command.ts";
import { bytes } from "../../src/cli/quantity.ts";
import type { CompactResult } from "../../src/operations/compact-journals.ts";

export default class RunCompact extends AgentctlCommand {
  static override summary = "Close the journals of ended runs: rows go to the lake, where queries are fast, journals are compressed and kept as evidence.";
  static override examples = ["<%= config.bin %> run compact"];

  async run(): Promise<CompactResult> {
    const { compactJournals } = await import("../../src/operations/compact-journals.ts");
    const result = await compactJournals({ cwd: process.cwd(), env: process.env });
    this.data(`closed  ${result.runs} runs · ${result.records} records · ${bytes(result.bytesBefore)} became ${bytes(result.bytesAfter)}`);
    for (const run of result.recovered) this.words(`ended   ${run} as interrupted: its process is gone`);
    for (const run of result.damaged) this.words(`warn    ${run} is damaged and stays as it is     agentctl audit verify ${run}`);
    return result;
  }
}
