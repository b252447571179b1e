import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import { confirm } from "../../src/cli/confirm.ts";
import type { ReleaseResult } from "../../src/operations/release-halt.ts";

export default class HaltRelease extends AgentctlCommand {
  static override summary = "Let work go on after a halt; a person's decision, recorded.";
  static override examples = ['<%= config.bin %> halt release --reason "orders reconciled" --yes'];
  static override flags = {
    reason: Flags.string({ description: "why it is safe to go on", required: true }),
    yes: Flags.boolean({ description: "do not ask" }),
  };

  async run(): Promise<ReleaseResult> {
    const { flags } = await this.parse(HaltRelease);
    const { haltStatus } = await import("../../src/operations/halt-status.ts");
    const status = haltStatus(process.cwd(), process.env);
    if (status.halted) await confirm(`halted by ${status.by}: ${status.reason}. Let work go on?`, flags.yes);
    const { releaseWork } = await import("../../src/operations/release-halt.ts");
    const result = await releaseWork({ cwd: process.cwd(), env: process.env, reason: flags.reason });
    this.data(result.released ? `released  ${result.run}` : "not halted; nothing to release");
    if (result.released) await (await import("../../src/operations/flush-notifications.ts")).flushQuietly({ cwd: process.cwd(), env: process.env });
    return result;
  }
}
