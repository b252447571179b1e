import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { StartedSidecar } from "../../src/operations/start-sidecar.ts";

export default class SidecarStart extends AgentctlCommand {
  static override summary = "Start a Python kernel that keeps its variables, in a container without network.";
  static override description =
    "One a workspace, kept by a process of its own until it is stopped, has been idle for sidecar.idleMs, or a halt. Off unless `sidecar: { mode: on }` is committed or AGENTCTL_SIDECAR_MODE=on. Each cell is decided by policy and on record. Exit 3: off, or denied.";
  static override examples = ["<%= config.bin %> sidecar start", "AGENTCTL_SIDECAR_MODE=on <%= config.bin %> sidecar start --json"];
  static override flags = { "run-id": Flags.string({ hidden: true }) };

  async run(): Promise<StartedSidecar | { run: string; why: string }> {
    const { flags } = await this.parse(SidecarStart);
    const place = { cwd: process.cwd(), env: process.env };
    if (flags["run-id"] !== undefined) {
      const { keepSidecar } = await import("../../src/operations/keep-sidecar.ts");
      return keepSidecar({ ...place, run: flags["run-id"] });
    }
    const { startSidecar } = await import("../../src/operations/start-sidecar.ts");
    const argv = [process.execPath, ...process.execArgv, process.argv[1] ?? "", "sidecar", "start"];
    const result = await startSidecar({ ...place, argv });
    this.data(result.run);
    this.words('started    agentctl sidecar exec "1 + 1"     agentctl sidecar stop');
    return result;
  }
}
