import { AgentctlCommand } from "../../src/cli/command.ts";
import type { SidecarStatus } from "../../src/operations/ask-sidecar.ts";

export default class SidecarStatusCommand extends AgentctlCommand {
  static override summary = "How the workspace's sidecar stands: running, none, off, or dead.";
  static override examples = ["<%= config.bin %> sidecar status", "<%= config.bin %> sidecar status --json"];

  async run(): Promise<SidecarStatus> {
    const [{ sidecarStatus }, { statusLines }] = await Promise.all([import("../../src/operations/ask-sidecar.ts"), import("../../src/cli/sidecar-lines.ts")]);
    const status = await sidecarStatus({ cwd: process.cwd(), env: process.env });
    for (const { stream, line } of statusLines(status)) this[stream](line);
    return status;
  }
}
