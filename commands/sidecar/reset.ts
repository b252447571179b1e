import { AgentctlCommand } from "../../src/cli/command.ts";
import type { SidecarState } from "../../src/operations/keep-sidecar.ts";

export default class SidecarReset extends AgentctlCommand {
  static override summary = "Forget everything in the sidecar: variables, files, threads, patches.";
  static override description = "The next cell runs in a new container. A cell that runs is waited for.";
  static override examples = ["<%= config.bin %> sidecar reset"];

  async run(): Promise<SidecarState> {
    const { resetSidecar } = await import("../../src/operations/ask-sidecar.ts");
    const state = await resetSidecar({ cwd: process.cwd(), env: process.env });
    this.words(`reset      ${state.run}     the next cell starts a new kernel`);
    return state;
  }
}
