import { AgentctlCommand } from "../../src/cli/command.ts";
import type { StoppedSidecar } from "../../src/operations/stop-sidecar.ts";

export default class SidecarStop extends AgentctlCommand {
  static override summary = "Stop the workspace's sidecar; a cell that runs ends with it.";
  static override description = "What it did stays on record (`agentctl run show`). Where there is none that is said, and no error.";
  static override examples = ["<%= config.bin %> sidecar stop"];

  async run(): Promise<StoppedSidecar> {
    const { stopSidecar } = await import("../../src/operations/stop-sidecar.ts");
    const result = await stopSidecar({ cwd: process.cwd(), env: process.env });
    const next = result.run === undefined ? "" : `     agentctl run show ${result.run}`;
    this.words(result.how === "none" ? "none       no sidecar runs in this workspace" : `${result.how}${next}`);
    return result;
  }
}
