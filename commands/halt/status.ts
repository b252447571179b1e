import { AgentctlCommand } from "../../src/cli/command.ts";
import type { HaltStatus } from "../../src/operations/halt-status.ts";

export default class HaltStatusCommand extends AgentctlCommand {
  static override summary = "Say whether work may go on; exit 9 when it may not.";
  static override examples = ["<%= config.bin %> halt status --json"];

  async run(): Promise<HaltStatus> {
    const { haltStatus } = await import("../../src/operations/halt-status.ts");
    const status = haltStatus(process.cwd(), process.env);
    if (!status.halted) {
      this.data("not halted");
      return status;
    }
    this.data(`halted  by ${status.by}${status.at === undefined ? "" : ` at ${status.at}`}: ${status.reason}`);
    this.words("mend    agentctl halt release --reason …");
    this.ends("halted");
    return status;
  }
}
